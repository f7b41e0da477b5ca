// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/noticecard.h"

#include <QPointer>

class QLabel;

namespace retryscope {

/// The window's notices: cards over the lower right corner of a widget, the newest lowest. They never move what is below,
/// stand where they cover no control, and step aside while the pointer comes near one that they have to cover.
class NoticeCenter : public QObject
{
    Q_OBJECT
public:
    /// The cards become children of `over` and keep inside it; it must live as long as this.
    NoticeCenter(const Theme &theme, QWidget *over);

    /// Shows a notice, or changes the one of the same key where it stands.
    void post(const WindowNotice &notice);
    /// Does nothing when there is none.
    void close(const QString &key);
    const WindowNotice *find(const QString &key) const;
    int count() const { return int(m_cards.size()); }
    /// Gives the newest card the focus; gives it back to the page when a card has it already.
    void focusNewest();
    /// Closes what is due and keeps clear of the pointer: about ten times a second. `pointer` is global.
    void advance(SteadyTime now, const QPoint &pointer);
    /// Finds the best place again, after what is below changed.
    void place();

signals:
    void countChanged(int count);
    /// A person closed it, or it closed itself after its time.
    void closed(const QString &key, bool byPerson);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    NoticeCard *cardOf(const QString &key) const;
    void remove(NoticeCard *card);
    /// Sizes the cards that fit and gives the height of all.
    int stack(int width);
    QVector<QRect> controlsBelow() const;
    QVector<QRect> candidates(const QSize &size, const QVector<QRect> &controls) const;
    void moveTo(const QRect &block);

    const Theme &m_theme;
    QWidget *m_over;
    QLabel *m_more;
    QVector<NoticeCard *> m_cards; ///< newest last
    QVector<NoticeCard *> m_shown; ///< those that fit
    QPointer<QWidget> m_before;    ///< had the focus before a card
    QPoint m_pointer{-1000, -1000};
    int m_ticks = 0;
};

} // namespace retryscope
