// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "notices/noticecenter.h"
#include "notices/windownotifier.h"
#include "support/suite.h"

#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// Notices over a page, with real clicks and keys and a clock that is told.
class NoticesTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void standsAtTheLowerRightAndMovesNothing();
    void aSecondWordTakesThePlaceOfTheFirst();
    void severalStackAndStayInside();
    void longerWordsMakeTheCardHigher();
    void howManyMoreCoversNoControl();
    void moreThanFitWaitTheirTurn();
    void closesItselfAfterItsTime();
    void staysWhileTheFocusIsInIt();
    void coversNoControlWhereThereIsRoom();
    void coversNoWordsWhereThereIsRoom();
    void foldsIntoTheLineWhereAllIsRead();
    void aFormIsNeverCovered();
    void incidentsFoldWhereThePageTellsThem();
    void stepsAsideForAHandThatAims();
    void escapeClosesTheOneWithTheFocus();
    void theFocusComesBackToThePage();
    void anActionRunsOnceAndCloses();
    void readersAreToldOnce();
    void anIncidentCountsOnAndCloses();
    void whatAPersonClosedStaysClosed();
    void anIncidentThatComesBackIsShownAgain();

private:
    QVector<NoticeCard *> cards() const
    {
        QVector<NoticeCard *> visible;
        for (NoticeCard *card : m_page->findChildren<NoticeCard *>()) {
            if (card->isVisible())
                visible.append(card);
        }
        return visible;
    }
    void post(const QString &key, const QString &text = QStringLiteral("Something is so."), Duration timeout = {})
    {
        m_center->post({key, WindowNotice::Kind::Info, key, text, {}, timeout});
    }
    void at(Duration time, const QPoint &pointer = {-500, -500}) { m_center->advance(SteadyTime(time), pointer); }
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<QWidget> m_page;
    NoticeCenter *m_center = nullptr;
};

void NoticesTest::init()
{
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_page = std::make_unique<QWidget>();
    m_page->resize(900, 600);
    m_center = new NoticeCenter(*m_theme, m_page.get());
    m_page->show();
    m_page->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get(), suite::patience));
}

void NoticesTest::cleanup() { m_page.reset(); }

void NoticesTest::standsAtTheLowerRightAndMovesNothing()
{
    QLabel page(QStringLiteral("page"), m_page.get());
    page.setGeometry(0, 0, 900, 600);
    page.show();
    const QRect before = page.geometry();
    post(QStringLiteral("a"));
    QCOMPARE(cards().size(), 1);
    QVERIFY(cards()[0]->geometry().right() > 850 && cards()[0]->geometry().bottom() > 560);
    QCOMPARE(page.geometry(), before);
    m_page->resize(1200, 800);
    QTRY_VERIFY(cards()[0]->geometry().right() > 1150 && cards()[0]->geometry().bottom() > 760);
}

void NoticesTest::aSecondWordTakesThePlaceOfTheFirst()
{
    post(QStringLiteral("a"), QStringLiteral("one"));
    post(QStringLiteral("b"), QStringLiteral("two"));
    post(QStringLiteral("a"), QStringLiteral("three"));
    QCOMPARE(m_center->count(), 2);
    QCOMPARE(m_center->find(QStringLiteral("a"))->text, QStringLiteral("three"));
    m_center->close(QStringLiteral("a"));
    m_center->close(QStringLiteral("never there"));
    QCOMPARE(m_center->count(), 1);
}

/// At once: an incident that is over says more than one that goes on.
void NoticesTest::longerWordsMakeTheCardHigher()
{
    post(QStringLiteral("a"), QStringLiteral("For 46 s"));
    const int before = cards()[0]->height();
    post(QStringLiteral("a"), QStringLiteral("OpenAI: network, timed out for 3:33, 5 failed calls, 1 rerouted, 0 delayed, "
                                             "+13.9 s median, and a sentence more so that it needs another line."));
    QVERIFY(cards()[0]->height() > before);
    for (const QLabel *label : cards()[0]->findChildren<QLabel *>()) {
        if (label->wordWrap() && label->isVisible())
            QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
    }
}

void NoticesTest::howManyMoreCoversNoControl()
{
    QPushButton send(QStringLiteral("Send"), m_page.get());
    for (const char *key : {"a", "b", "c", "d"})
        post(QLatin1String(key));
    const auto *more = m_page->findChild<QLabel *>(QStringLiteral("noticeMore"));
    QVERIFY(more->isVisible());
    for (int y = 300; y < 560; y += 7) { // wherever the page has its button
        send.setGeometry(820, y, 70, 28);
        send.show();
        at(Duration::zero());
        m_center->post({QStringLiteral("d"), WindowNotice::Kind::Info, QStringLiteral("d"), QString::number(y), {}, {}});
        QVERIFY2(!more->geometry().intersects(send.geometry()), qPrintable(QString::number(y)));
        for (const NoticeCard *card : cards())
            QVERIFY2(!card->geometry().intersects(send.geometry()), qPrintable(QString::number(y)));
    }
}

void NoticesTest::severalStackAndStayInside()
{
    m_page->resize(900, 1000);
    for (const char *key : {"a", "b", "c"})
        post(QLatin1String(key), QStringLiteral("A sentence that is long enough to need more than one line of the "
                                                "card, because people write such sentences."));
    QCOMPARE(cards().size(), 2); // the newest two, whatever the room: what is below stays in sight
    for (const NoticeCard *card : cards()) {
        QVERIFY(m_page->rect().contains(card->geometry()));
        for (const NoticeCard *other : cards())
            QVERIFY(card == other || !card->geometry().intersects(other->geometry()));
    }
    QVERIFY(cards()[0]->y() < cards()[1]->y()); // the newest lowest
    QCOMPARE(m_page->findChild<QLabel *>(QStringLiteral("noticeMore"))->text(), QStringLiteral("1 more"));
}

void NoticesTest::moreThanFitWaitTheirTurn()
{
    for (int i = 0; i < 12; ++i)
        post(QString::number(i));
    const auto shown = cards().size();
    QVERIFY(shown >= 2 && shown < 12);
    QVERIFY(cards().last()->geometry().bottom() - cards().first()->y()
            <= 240); // two fifths of the height: the page stays usable
    auto *more = m_page->findChild<QLabel *>(QStringLiteral("noticeMore"));
    QVERIFY(more->isVisible());
    QCOMPARE(more->text(), QStringLiteral("%1 more").arg(12 - shown));
    for (int i = 11; i >= 2; --i)
        m_center->close(QString::number(i));
    QCOMPARE(cards().size(), 2);
    QVERIFY(!more->isVisible());
}

void NoticesTest::closesItselfAfterItsTime()
{
    QSignalSpy closed(m_center, &NoticeCenter::closed);
    post(QStringLiteral("a"), QStringLiteral("Saved."), 5s);
    post(QStringLiteral("stays"));
    at(1s);
    at(5900ms);
    QCOMPARE(m_center->count(), 2);
    at(6s);
    QCOMPARE(m_center->count(), 1);
    QCOMPARE(closed.count(), 1);
    QCOMPARE(closed[0][1].toBool(), false);
    at(1h);
    QCOMPARE(m_center->count(), 1);
}

void NoticesTest::staysWhileTheFocusIsInIt()
{
    post(QStringLiteral("a"), QStringLiteral("Saved."), 5s);
    at(0s);
    m_center->focusNewest();
    at(6s);
    QCOMPARE(m_center->count(), 1);
    QPushButton page(m_page.get());
    page.show();
    page.setFocus();
    at(8s);
    QCOMPARE(m_center->count(), 1); // a moment of grace
    at(9s);
    QCOMPARE(m_center->count(), 0);
}

void NoticesTest::coversNoControlWhereThereIsRoom()
{
    QPushButton apply(QStringLiteral("Apply"), m_page.get());
    apply.setGeometry(780, 550, 100, 32);
    apply.show();
    post(QStringLiteral("a"));
    QVERIFY(!cards()[0]->geometry().intersects(apply.geometry()));
    QVERIFY(cards()[0]->geometry().bottom() < apply.y() && cards()[0]->geometry().right() > 850); // just above it
    bool clicked = false;
    connect(&apply, &QPushButton::clicked, this, [&] { clicked = true; });
    QTest::mouseClick(m_page->windowHandle(), Qt::LeftButton, {}, QPoint(830, 566));
    QVERIFY(clicked);
}

void NoticesTest::coversNoWordsWhereThereIsRoom()
{
    QLabel text(QStringLiteral("Carried by Anthropic 100 %"), m_page.get());
    text.setGeometry(700, 540, 190, 40);
    text.show();
    QLabel nothing(m_page.get());
    nothing.setGeometry(0, 300, 900, 240);
    nothing.show();
    post(QStringLiteral("a"));
    const QRect before = cards()[0]->geometry();
    QVERIFY(!before.intersects(text.geometry()) && before.bottom() > 500);
    text.setGeometry(before); // which runs away from no text once it stands
    at(1s);
    at(2s);
    at(3s);
    QCOMPARE(cards()[0]->geometry(), before);
    QPushButton button(m_page.get());
    button.setGeometry(before);
    button.show();
    for (int i = 0; i < 4; ++i)
        at(4s + i * 100ms);
    QVERIFY(!cards()[0]->geometry().intersects(button.geometry()));
}

void NoticesTest::foldsIntoTheLineWhereAllIsRead()
{
    QLabel text(QStringLiteral("A table from edge to edge"), m_page.get());
    text.setGeometry(0, 0, 900, 576);
    text.show();
    QStatusBar bar(m_page.get());
    bar.addPermanentWidget(m_center->line());
    bar.setGeometry(0, 576, 900, 24);
    bar.show();
    const auto until = [this](Duration from, Duration to) {
        for (Duration t = from; t <= to; t += 100ms) {
            at(t);
            QVERIFY(cards().isEmpty());
        }
    };
    const QLabel *line = m_center->line();
    const auto isNews = [line] { return !line->styleSheet().isEmpty(); };
    post(QStringLiteral("a"));
    post(QStringLiteral("b"));
    QVERIFY(cards().isEmpty() && line->isVisible() && isNews());
    QVERIFY2(line->text().contains(QStringLiteral("2 notices: b. Something is so.")), qPrintable(line->text()));
    until(0s, 7s);
    QVERIFY(isNews());
    post(QStringLiteral("b"), QStringLiteral("It goes on.")); // which begins nothing anew
    until(7s, 9s);
    QVERIFY(!isNews() && line->text().contains(QStringLiteral("2 notices: b. It goes on.")));
    m_center->post({QStringLiteral("b"), WindowNotice::Kind::Success, QStringLiteral("b"), QStringLiteral("Over.")});
    QVERIFY(isNews());
    until(18s, 27s);
    m_center->focusNewest();
    QCOMPARE(cards().size(), 2); // who asks for them sees them, for as long as it takes
    for (Duration t = 27s; t < 40s; t += 100ms)
        at(t);
    QCOMPARE(cards().size(), 2);
    text.hide();
    QPushButton page(m_page.get());
    page.show();
    page.setFocus();
    until(40s, 41s); // they were read
}

/// Neither its fields nor the words beside them, nor a list's rows: the line tells it from the first moment.
void NoticesTest::aFormIsNeverCovered()
{
    QWidget form(m_page.get());
    form.setGeometry(0, 0, 900, 576);
    QVector<QWidget *> parts;
    for (int y = 0; y < 440; y += 40) {
        parts << new QLabel(QStringLiteral("What the field is called, and what to write"), &form);
        parts.last()->setGeometry(0, y, 880, 38);
    }
    auto *row = new QWidget(&form);
    row->setGeometry(0, 440, 890, 30);
    parts << new QLineEdit(row);
    auto *rows = new QListWidget(&form);
    rows->addItems({QStringLiteral("OpenAI"), QStringLiteral("Anthropic"), QStringLiteral("Mistral")});
    rows->setGeometry(0, 475, 890, 60);
    parts << rows->viewport();
    form.show();
    QStatusBar bar(m_page.get());
    bar.addPermanentWidget(m_center->line());
    bar.setGeometry(0, 576, 900, 24);
    bar.show();
    m_center->post({QStringLiteral("i"), WindowNotice::Kind::Incident, QStringLiteral("OpenAI: rate limited"),
                    QStringLiteral("Since 14:02.")});
    for (Duration t = 0s; t < 12s; t += 100ms) {
        at(t);
        for (const NoticeCard *card : cards()) {
            for (const QWidget *part : std::as_const(parts))
                QVERIFY2(!card->geometry().intersects(QRect(part->mapTo(m_page.get(), QPoint()), part->size())),
                         qPrintable(QString::number(t / 1ms)));
        }
    }
    const QLabel *line = m_center->line();
    QVERIFY(cards().isEmpty() && line->isVisible());
    QVERIFY2(line->text().contains(QStringLiteral("1 notice: OpenAI: rate limited. Since 14:02.")),
             qPrintable(line->text()));
    QVERIFY(line->styleSheet().isEmpty()); // no news any more
    m_center->post(
        {QStringLiteral("j"), WindowNotice::Kind::Incident, QStringLiteral("Mistral: network"),
         QStringLiteral("A sentence that is much longer than the bar has room for beside all the others that "
                        "stand in it, and which must not make the window any wider than it is.")});
    QVERIFY(line->text().contains(QStringLiteral("2 notices: Mistral: network")) && line->text().contains(u'…'));
    QVERIFY(!line->styleSheet().isEmpty());
    QVERIFY(bar.sizeHint().width() <= 900);
}

void NoticesTest::incidentsFoldWhereThePageTellsThem()
{
    m_center->post({QStringLiteral("i"), WindowNotice::Kind::Incident, QStringLiteral("OpenAI"), {}});
    post(QStringLiteral("a"));
    QCOMPARE(cards().size(), 2);
    m_center->foldIncidents(true);
    QCOMPARE(cards().size(), 1);
    QCOMPARE(cards()[0]->notice().key, QStringLiteral("a"));
    m_center->close(QStringLiteral("a"));
    QVERIFY(cards().isEmpty());
    QVERIFY(m_center->line()->text().contains(QStringLiteral("1 notice")));
    m_center->focusNewest(); // who wants to see it may
    QCOMPARE(cards().size(), 1);
    m_center->foldIncidents(false);
    QCOMPARE(cards().size(), 1);
}

void NoticesTest::stepsAsideForAHandThatAims()
{
    // Buttons everywhere: something has to be covered.
    QVector<QPushButton *> all;
    for (int y = 0; y < 600; y += 40) {
        for (int x = 0; x < 900; x += 90) {
            auto *button = new QPushButton(m_page.get());
            button->setGeometry(x, y, 80, 30);
            button->show();
            all.append(button);
        }
    }
    post(QStringLiteral("a"));
    const QRect resting = cards()[0]->geometry();
    const QPoint aim(resting.left() - 20, resting.center().y());
    at(1s, m_page->mapToGlobal(aim));
    const QRect aside = cards()[0]->geometry();
    QVERIFY(aside != resting);
    QVERIFY(!aside.adjusted(-20, -20, 20, 20).contains(aim));
    at(2s, m_page->mapToGlobal(QPoint(450, 20)));
    QCOMPARE(cards()[0]->geometry(), resting);
}

void NoticesTest::escapeClosesTheOneWithTheFocus()
{
    QSignalSpy closed(m_center, &NoticeCenter::closed);
    post(QStringLiteral("a"));
    post(QStringLiteral("b"));
    m_center->focusNewest();
    QVERIFY(cards()[1]->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(closed.count(), 1);
    QCOMPARE(closed[0][0].toString(), QStringLiteral("b"));
    QCOMPARE(closed[0][1].toBool(), true);
    QVERIFY(cards()[0]->hasFocus()); // the next one
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab); // its close button
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(m_center->count(), 0);
}

void NoticesTest::theFocusComesBackToThePage()
{
    QPushButton page(m_page.get());
    page.show();
    page.setFocus();
    post(QStringLiteral("a"));
    QVERIFY(page.hasFocus()); // a notice takes no focus by itself
    m_center->focusNewest();
    QVERIFY(!page.hasFocus());
    m_center->focusNewest();
    QVERIFY(page.hasFocus());
    m_center->focusNewest();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(page.hasFocus());
}

void NoticesTest::anActionRunsOnceAndCloses()
{
    int ran = 0;
    m_center->post({QStringLiteral("a"),
                    WindowNotice::Kind::Error, QStringLiteral("The file changed"), {},
                    {{QStringLiteral("Read it"), QStringLiteral("readIt"), [&] { ++ran; }}}});
    QTest::mouseClick(m_page->findChild<QPushButton *>(QStringLiteral("readIt")), Qt::LeftButton);
    QCOMPARE(ran, 1);
    QCOMPARE(m_center->count(), 0);
}

void NoticesTest::readersAreToldOnce()
{
    post(QStringLiteral("a"), QStringLiteral("One."));
    QCOMPARE(cards()[0]->accessibleName(), QStringLiteral("a. One."));
    QVERIFY(!m_page->findChild<QToolButton *>(QStringLiteral("noticeClose"))->accessibleName().isEmpty());
    post(QStringLiteral("a"), QStringLiteral("Two."));
    QCOMPARE(cards()[0]->accessibleName(), QStringLiteral("a. Two."));
}

void NoticesTest::anIncidentCountsOnAndCloses()
{
    WindowNotifier window(*m_center);
    window.show({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), QStringLiteral("Since 14:02.")});
    QPointer<QPushButton> button = m_page->findChild<QPushButton *>(QStringLiteral("noticeShow"));
    button->setFocus();
    window.update(
        {7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), QStringLiteral("For 2:05, since 14:02")});
    QCOMPARE(m_page->findChild<QLabel *>(QStringLiteral("noticeText"))->text(),
             QStringLiteral("For 2:05, since 14:02"));
    QVERIFY(button && button->hasFocus()); // counting on disturbs nobody
    m_page->setFocus();
    button->clearFocus();
    window.update({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), QStringLiteral("It lasted 2:10.")});
    QCOMPARE(m_center->find(QStringLiteral("incident/7"))->kind, WindowNotice::Kind::Success);
    at(0s);
    at(20s);
    QCOMPARE(m_center->count(), 0);
    window.update({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), QStringLiteral("It lasted 2:10.")});
    window.show({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), QStringLiteral("It lasted 2:10.")});
    QCOMPARE(m_center->count(), 0); // was read already
}

void NoticesTest::whatAPersonClosedStaysClosed()
{
    WindowNotifier window(*m_center);
    window.show({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), {}});
    QTest::mouseClick(m_page->findChild<QToolButton *>(QStringLiteral("noticeClose")), Qt::LeftButton);
    window.update({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), QStringLiteral("For 0:10")});
    QCOMPARE(m_center->count(), 0);
    window.show({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), {}});
    QCOMPARE(m_center->count(), 1);
}

void NoticesTest::anIncidentThatComesBackIsShownAgain()
{
    WindowNotifier window(*m_center);
    window.show({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), {}});
    window.update({7, Notice::Kind::Resolved, QStringLiteral("OpenAI: resolved"), {}});
    at(0s);
    at(20s);
    QCOMPARE(m_center->count(), 0);
    window.update({7, Notice::Kind::Opened, QStringLiteral("OpenAI: rate limited"), QStringLiteral("For 3:00")});
    QCOMPARE(m_center->count(), 1);
}

SUITE_TEST(NoticesTest)
#include "tst_notices.moc"
