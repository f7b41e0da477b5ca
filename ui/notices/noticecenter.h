// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "notices/noticecard.h"

#include <QPointer>

class QLabel;

namespace retryscope {

/// The window's notices: cards over the lower right corner of a widget, the newest lowest. They never move what is
/// below and stand where they cover no control, no text, row or picture, of two the newest where there is no room for both.
/// Where there is room for none they fold into one line, which says what the newest says, for some seconds in a colour
/// that is seen; then they are read, and stay in the line, which opens them. Who opens them, or has no line, sees them over
/// words but over no control; where there are controls everywhere they step aside while the pointer comes near one. The
/// names of a form's fields, rows that are chosen from and widgets with the property "drawnOn" count as controls. Once it
/// stands, a card moves for controls alone.
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
    /// The line for a place of its own, such as the status bar: how many notices have no room, and the newest. Hidden while all have.
    QLabel *line() const { return m_line; }
    /// Its place is never covered, as if it were a control. Outlives this or is gone with `over`.
    void keepClear(const QWidget *widget) { m_clear.append(widget); }
    /// Closes what is due and keeps clear of the pointer: about ten times a second. `pointer` is global.
    void advance(SteadyTime now, const QPoint &pointer);
    /// Finds the best place again, after what is below changed.
    void place();
    /// Those of incidents are folded, for the page below tells them itself.
    void foldIncidents(bool on);

signals:
    void countChanged(int count);
    /// A person closed it, or it closed itself after its time.
    void closed(const QString &key, bool byPerson);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    NoticeCard *cardOf(const QString &key) const;
    void remove(NoticeCard *card);
    /// Which cards are shown, and how large; nothing is moved yet.
    struct Stack
    {
        QVector<NoticeCard *> cards; ///< newest last
        QVector<int> heights;
        QSize size;                  ///< with what counts the others
    };
    Stack stack(const QVector<NoticeCard *> &cards, int width, int most) const;
    int widthOf(int characters) const;
    struct Below
    {
        QVector<QRect> controls, words; ///< what may be aimed at, and what is only read
    };
    Below lookBelow() const;
    QVector<NoticeCard *> wanted() const;
    void arrange(bool afresh);
    bool staysWhereItIs(const QVector<QRect> &controls);
    QVector<QRect> candidates(const QSize &size, const QVector<QRect> &controls) const;
    QRect leastBad(const QSize &size, const QVector<QRect> &controls) const;
    bool showWhereFree(const QVector<QRect> &controls);
    bool hasPlaceForLine() const;
    bool isRead(const NoticeCard *card) const { return card->readAt && m_now >= *card->readAt; }
    void show(const Stack &stack, const QRect &block);
    QString lineText(const NoticeCard &newest) const;
    void fold();
    bool isHeld() const;

    const Theme &m_theme;
    QWidget *m_over;
    QLabel *m_more, *m_line;
    QVector<QPointer<const QWidget>> m_clear;
    QVector<NoticeCard *> m_cards; ///< newest last
    QVector<NoticeCard *> m_shown; ///< those that fit
    QPointer<QWidget> m_before;    ///< had the focus before a card
    QPoint m_pointer{-1000, -1000};
    int m_ticks = 0;
    SteadyTime m_now{};
    bool m_open = false;           ///< a person wants to see them, whatever they cover
    bool m_foldIncidents = false;
    bool m_afresh = false; ///< what is below may not have been laid out yet when it was looked at
};

} // namespace retryscope
