// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace retryscope {

/// A page of words and cards, no wider than can be read.
class ReadablePage : public QWidget
{
    Q_OBJECT
public:
    /// `words` say what the page is for.
    ReadablePage(const QString &title, const QString &words, int width, QWidget *parent = nullptr);

    /// What the page ends with: the rest stays empty.
    void endPage();

protected:
    /// A card at the end of the page, with its heading and, where there are any, words below it.
    QVBoxLayout *card(const QString &title, const QString &words = {});
    static QLabel *quiet(const QString &text);

private:
    QVBoxLayout *m_column;
};

} // namespace retryscope
