// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme/theme.h"

#include <QElapsedTimer>
#include <QFrame>

class QLabel;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace retryscope {

/// A card that asks the simulator something: what it is for, the question, the button that plays and stops it, how far it
/// is. Ctrl+Enter plays, Esc stops; whoever has it passes its keys on.
class PlayCard : public QFrame
{
    Q_OBJECT
public:
    /// `name` begins the object names of the parts.
    PlayCard(const QString &name, const QString &title, const QString &words, const QString &verb, QWidget *question,
             QWidget *parent = nullptr);
    /// The time that has passed counts from here.
    void begin();
    std::chrono::nanoseconds elapsed() const { return std::chrono::nanoseconds(m_since.nsecsElapsed()); }
    void setRunning(bool runs);
    void setProgress(double share, const QString &sentence);
    void say(const QString &sentence);
    /// With a mark: nothing comes of it.
    void sayProblem(const QString &sentence);
    /// False: it is no key of its.
    bool takesKey(QKeyEvent *event);

signals:
    void runRequested();
    void stopRequested();

private:
    QString m_verb;
    bool m_runs = false;
    QElapsedTimer m_since;
    QPushButton *m_run;
    QProgressBar *m_bar;
    QLabel *m_status;
};

/// Makes `panel` the place of a play: its card and, below, what came of it, scrolled together.
void scrollPlay(QScrollArea &panel, PlayCard *card, QWidget *result);

} // namespace retryscope
