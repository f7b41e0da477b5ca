// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/configissue.h"
#include "config/configurationdiff.h"
#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QVBoxLayout;

namespace retryscope {

/// What is valid and yet a mistake: a sentence each, with the field that a click leads to.
class LintCard : public QFrame
{
    Q_OBJECT
public:
    explicit LintCard(const Theme &theme, QWidget *parent = nullptr);
    void show(const ConfigIssues &findings);
    /// Sentences in their order.
    QStringList sentences() const;

signals:
    void revealRequested(const retryscope::ConfigurationPath &path);

private:
    void tell();

    const Theme &m_theme;
    ConfigIssues m_findings;
    QLabel *m_title;
    QVBoxLayout *m_rows;
    QVector<QLabel *> m_labels; ///< one for each finding; more are kept hidden
};

} // namespace retryscope
