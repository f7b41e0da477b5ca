// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "theme/theme.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace retryscope {

/// What happened to the configuration file, and what can be done about it: a line over the page that needs no answer at once.
class FileNotice : public QFrame
{
    Q_OBJECT
public:
    explicit FileNotice(const Theme &theme, QWidget *parent = nullptr);
    /// Conflicts first, then a problem, then `news`; hidden when there is nothing.
    void show(const ConfigurationDraft &draft);
    /// Something that needs nobody: shown until closed, or until something else is.
    void setNews(const QString &text);

signals:
    void mergeRequested();
    void writeRequested();
    void openRequested(); ///< the file, in an editor

private:
    void tell();

    const Theme &m_theme;
    QLabel *m_text, *m_issues;
    QPushButton *m_merge, *m_show, *m_open, *m_write;
    QToolButton *m_close;
    QString m_news;
    ConfigurationDraft::Problem m_problem, m_closed;
    int m_conflicts = 0;
};

} // namespace retryscope
