// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/provider.h"
#include "workbench/benchsession.h"

#include <QDialog>

class QLabel;
class QVBoxLayout;

namespace retryscope {

/// One answer of the history, with its prompt, its figures and what went wrong: to be read, copied, and asked again.
class AnswerDialog : public QDialog
{
    Q_OBJECT
public:
    /// `providers`: as configured now; the one that answered may be gone.
    AnswerDialog(const SessionEntry &entry, const ProviderConfigs &providers, QWidget *parent = nullptr);

signals:
    void rerunRequested(const retryscope::Prompt &prompt);

private:
    void buildButtons(QVBoxLayout *column, const ProviderConfigs &providers);
    const SessionEntry m_entry;
    QLabel *m_said;
};

} // namespace retryscope
