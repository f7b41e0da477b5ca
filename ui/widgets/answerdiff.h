// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"
#include "workbench/worddiff.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QTextBrowser;

namespace retryscope {

/// An answer that can be compared, and what it is called.
struct ComparedAnswer
{
    QString label;
    QString text;
    QString by = {}; ///< who gave it; told where it is chosen
};

/// Two answers in one text: what both say plain, what only one of them says marked by colour and by a line through or under it.
class AnswerDiffDialog : public QDialog
{
    Q_OBJECT
public:
    /// At least two; the first two are compared at first.
    AnswerDiffDialog(const Theme &theme, const QVector<ComparedAnswer> &answers, QWidget *parent = nullptr);
    void choose(int first, int second);

private:
    void compare();
    void display(const WordDiff &diff);
    const Theme &m_theme;
    const QVector<ComparedAnswer> m_answers;
    QComboBox *m_first, *m_second;
    QLabel *m_summary, *m_legend;
    QTextBrowser *m_text;
    quint64 m_round = 0; ///< an older comparison that comes late is not shown
    WordDiff m_shown;
    bool m_has = false;
};

/// "61 % alike: 42 words in both, 12 only in A, 15 only in B."
QString diffSummary(const WordDiff &diff, const QString &first, const QString &second);

} // namespace retryscope
