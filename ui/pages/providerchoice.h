// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/provideredits.h"
#include "theme/theme.h"

#include <QFrame>

class QCheckBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace retryscope {

/// Which provider is to be added: those whose keys were found in the environment first, then every preset. Enter or a double
/// click takes one, Esc closes.
class ProviderChoice : public QFrame
{
    Q_OBJECT
public:
    explicit ProviderChoice(const Theme &theme, QWidget *parent = nullptr);
    /// Looks for keys anew and gives the keyboard to the search. `simulated`: there are simulated providers that could go.
    void open(bool simulated);

signals:
    void chosen(const QString &presetKey, bool replaceSimulated);
    void closed();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void fill();
    void filter(const QString &words);
    void take();

    const Theme &m_theme;
    QLineEdit *m_search;
    QListWidget *m_list;
    QLabel *m_note;
    QCheckBox *m_replace;
    QPushButton *m_add;
};

} // namespace retryscope
