// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QWidget>

class QLabel;

namespace retryscope {

/// The fields of a prompt that was put back for which the bench has no control: they are sent and saved as they were, and
/// a line says so, until they are left out.
class BenchCarried : public QWidget
{
    Q_OBJECT
public:
    explicit BenchCarried(QWidget *parent = nullptr);
    /// Such fields of this prompt, in place of those before.
    void load(const Prompt &prompt);
    /// Into what the controls say. What they say themselves stays: a schema, a choice among tools, an effort.
    void apply(Prompt *prompt) const;
    void clear();

signals:
    void changed();

private:
    Prompt m_prompt;
    QLabel *m_names;
};

} // namespace retryscope
