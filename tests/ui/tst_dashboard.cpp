// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "mainwindow.h"
#include "pages/eventspage.h"
#include "pages/healthheader.h"
#include "pages/heartbeatstrip.h"
#include "support/pictures.h"
#include "support/dashboardstand.h"
#include "support/fakeengine.h"
#include "words/healthwords.h"

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

Q_DECLARE_METATYPE(std::function<void(retryscope::RecordedStream &)>)

/// Real widgets fed with recorded streams: cards, header, keys and frames, at exact times.
class DashboardTest : public QObject, private DashboardStand
{
    Q_OBJECT
private slots:
    void init() { setUp(); }
    void everyStateHasGlyphWordReasonAndCountdown_data();
    void everyStateHasGlyphWordReasonAndCountdown();
    void theSentenceSaysSinceWhenAndWhoCarriesTheTraffic();
    void theSentenceIsHonestAboutSilence();
    void countdownsRunDown();
    void cardNumbersFollowTheWindow();
    void beatsAreTallerWhenGraver();
    void droppedEventsAreSaid();
    void buttonsReachTheEngine();
    void theHeaderSpeaksAtMostEveryFiveSeconds();
    void wallModeComesAndGoes();
    void everythingIsReachedByTab();
    void everyFocusableWidgetHasAName();
    void nothingIsClipped_data();
    void nothingIsClipped();
    void amongManyTheEmptyCardsFold();
    void noProviderLeadsToTheConfiguration();
    void picturesOfBothThemesDiffer();
    void theFlowCountsAsTheCardsDo();
};

void DashboardTest::everyStateHasGlyphWordReasonAndCountdown_data()
{
    QTest::addColumn<std::function<void(RecordedStream &)>>("story");
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, std::function<void(RecordedStream &)> story, const char *label,
                        const char *why) {
        QTest::newRow(name) << std::move(story) << QString::fromUtf8(label) << QString::fromUtf8(why);
    };
    const QString id = QStringLiteral("openai");
    row("nothing was asked", [](RecordedStream &) {}, "– Unproven", "not asked from here yet");
    row("answers", [id](RecordedStream &s) { s.answered(id, 1s); }, "● Well", nullptr);
    row("waits as the server asked", [id](RecordedStream &s) {
        s.beginCall();
        s.attempt(id, RetryReason::RateLimit, 100ms);
        s.retry(id, RetryReason::RateLimit, 3s, DelaySource::Server);
    }, "▼ Failing", "rate limited · next try in 2.8 s, as asked");
    row("fails now and then", [id](RecordedStream &s) {
        for (int i = 0; i < 3; ++i)
            s.answered(id, 1s);
        s.beginCall();
        s.attempt(id, RetryReason::ServerError, 100ms);
    }, "▼ Failing", "server error · 25.0 % of attempts failed");
    row("its key is refused where nobody else can be asked", [id](RecordedStream &s) {
        for (int i = 0; i < 3; ++i)
            s.answered(id, 1s);
        for (int i = 0; i < 3; ++i) {
            s.beginCall();
            Event &refused = s.attempt(id, RetryReason::Authentication, 100ms);
            refused.health = HealthSignal::Ignored; // no circuit opens: waiting heals nothing
            refused.scope = Scope::Account;
        }
    }, "▼ Failing", "key rejected · 50.0 % of attempts failed");
    row("is slow", [id](RecordedStream &s) {
        s.answered(id, 9s);
        Event &e = s.add(EventKind::DegradedChanged, id);
        e.degraded = true;
        e.detail = QStringLiteral("p95 is 3.1 times the usual");
    }, "▲ Slow", "p95 is 3.1 times the usual");
    row(
        "circuit open",
        [id](RecordedStream &s) {
            s.circuit(id, CircuitState::Closed, CircuitState::Open, 17s, RetryReason::RateLimit);
        },
        "■ Down", "rate limited · probe in 16.8 s");
    row("circuit open, time is up", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.wait(5s);
    }, "■ Down", "network · probe with the next call");
    row("half open", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.circuit(id, CircuitState::Open, CircuitState::HalfOpen);
    }, "○ Probing", "network · one probe is on its way");
    row("isolated by a person", [id](RecordedStream &s) {
        s.circuit(id, CircuitState::Closed, CircuitState::Isolated);
        s.wait(185s);
    }, "◆ Isolated", "isolated by hand 3 min ago");
    row("recovered", [id](RecordedStream &s) {
        s.beginCall();
        s.attempt(id, RetryReason::Network, 100ms);
        s.circuit(id, CircuitState::Closed, CircuitState::Open, 2s, RetryReason::Network);
        s.circuit(id, CircuitState::Open, CircuitState::HalfOpen);
        s.circuit(id, CircuitState::HalfOpen, CircuitState::Closed);
        for (int i = 0; i < 20; ++i)
            s.answered(id, 1s);
    }, "● Well", nullptr);
}

void DashboardTest::everyStateHasGlyphWordReasonAndCountdown()
{
    QFETCH(std::function<void(RecordedStream &)>, story);
    QFETCH(QString, label);
    QFETCH(QString, why);
    story(m_stream);
    settle();
    QCOMPARE(plain(find<QLabel>(QStringLiteral("state_openai"))), label);
    if (why.isEmpty())
        why = QStringLiteral("since ") + localTime(m_stream.wall());
    QCOMPARE(find<QLabel>(QStringLiteral("why_openai"))->text(), why);
    const auto *card = find<QWidget>(QStringLiteral("providerCard_openai"));
    if (!label.contains(QStringLiteral("Unproven")))
        QVERIFY(card->accessibleDescription().startsWith(label.mid(2)));
}

void DashboardTest::theSentenceSaysSinceWhenAndWhoCarriesTheTraffic()
{
    m_stream.answered(QStringLiteral("mistral"), 1s);
    const WallTime opened = m_stream.wall();
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 30s, RetryReason::RateLimit);
    for (int i = 0; i < 5; ++i)
        m_stream.answered(QStringLiteral("anthropic"), 1s);
    settle();
    const QString expected = QStringLiteral("100 % of calls served, in the last 1 s · 6.0/s. OpenAI is down since %1 "
                                            "(rate limited), probe in 29.8 s. Its traffic goes to Anthropic.")
                                 .arg(localTime(opened));
    QCOMPARE(m_state->headline(m_stream.now()).sentence(), expected);
    QCOMPARE(m_state->health().worst(), ProviderState::Down);
    m_stream.wait(31s); // the probe fails: open again, but since the same moment
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Open, CircuitState::HalfOpen);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::HalfOpen, CircuitState::Open, 60s, RetryReason::RateLimit);
    settle();
    QVERIFY(m_state->headline(m_stream.now()).sentence().contains(QStringLiteral("since ") + localTime(opened)));
}

void DashboardTest::theSentenceIsHonestAboutSilence()
{
    QCOMPARE(m_state->headline(m_stream.now()).sentence(),
             QStringLiteral("No calls from here yet. 4 providers are configured; none was asked from here."));
    for (const char *id : {"openai", "anthropic", "google_ai", "mistral"})
        m_stream.answered(QLatin1String(id), 1s);
    settle();
    QCOMPARE(m_state->headline(m_stream.now()).sentence(),
             QStringLiteral("100 % of calls served, in the last 1 s · 4.0/s. All 4 providers are well."));
    m_stream.wait(121s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QCOMPARE(
        m_state->headline(m_stream.now()).sentence(),
        QStringLiteral("100 % of calls served, in the last 2 min · 1/min. 1 of 4 providers is well, 3 are unproven."));
}

void DashboardTest::countdownsRunDown()
{
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 10s, RetryReason::Network);
    settle();
    const auto *why = find<QLabel>(QStringLiteral("why_openai"));
    QStringList seen;
    for (int i = 0; i < 5; ++i) {
        seen << why->text();
        m_stream.wait(100ms);
        m_page->refresh(m_stream.now());
    }
    QCOMPARE(seen, (QStringList{QStringLiteral("network · probe in 9.8 s"), QStringLiteral("network · probe in 9.7 s"),
                                QStringLiteral("network · probe in 9.6 s"), QStringLiteral("network · probe in 9.5 s"),
                                QStringLiteral("network · probe in 9.4 s")}));
}

void DashboardTest::cardNumbersFollowTheWindow()
{
    for (int i = 0; i < 8; ++i)
        m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.wait(5min);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 100ms);
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 4s);
    settle();
    const auto texts = [this] {
        QStringList list;
        for (const auto *label : find<QWidget>(QStringLiteral("providerCard_openai"))->findChildren<QLabel *>()) {
            if (QStringList{QStringLiteral("failed"), QStringLiteral("asked")}.contains(label->accessibleName()))
                list << label->text();
        }
        return list;
    };
    QCOMPARE(texts(), (QStringList{QStringLiteral("50.0 %"), QStringLiteral("2")}));
    m_page->model().setSpan(1);
    QCOMPARE(texts(), (QStringList{QStringLiteral("10.0 %"), QStringLiteral("10")}));
}

void DashboardTest::beatsAreTallerWhenGraver()
{
    QVERIFY(stateHeight(ProviderState::Unproven) < stateHeight(ProviderState::Well));
    QVERIFY(stateHeight(ProviderState::Well) < stateHeight(ProviderState::Slow));
    QVERIFY(stateHeight(ProviderState::Failing) < stateHeight(ProviderState::Down));
    m_stream.setNow(RecordedStream::startSteady + 30s); // a beat of the short window is three seconds
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.wait(3s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.answered(QStringLiteral("openai"), 1s);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 1s);
    m_stream.wait(3s);
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::ServerError, 1s);
    settle();
    const auto &beats = find<HeartbeatStrip>(QStringLiteral("beats_openai"))->beats();
    QCOMPARE(beats.size(), std::size_t(40));
    QCOMPARE(beats[37].state, ProviderState::Well);
    QCOMPARE(beats[38].state, ProviderState::Failing);
    QCOMPARE(beats[39].state, ProviderState::Down);
    QCOMPARE(beats[0].state, ProviderState::Unproven);
}

void DashboardTest::droppedEventsAreSaid()
{
    auto *chip = find<QToolButton>(QStringLiteral("droppedChip"));
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QVERIFY(!chip->isVisible());
    m_stream.lose(12);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QVERIFY(chip->isVisible());
    QVERIFY2(chip->text().contains(QStringLiteral("12 events not shown")), qPrintable(chip->text()));
    QTest::mouseClick(chip, Qt::LeftButton);
    QVERIFY(!chip->isVisible());
    QCOMPARE(m_state->dropped(), 0ULL);
}

void DashboardTest::buttonsReachTheEngine()
{
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    const auto click = [&window](const char *name) {
        QTest::mouseClick(window.findChild<QWidget *>(QLatin1String(name)), Qt::LeftButton);
    };
    click("isolate_openai");
    click("probe_mistral");
    RecordedStream stream;
    stream.circuit(QStringLiteral("anthropic"), CircuitState::Closed, CircuitState::Isolated);
    engine.feed(stream.take());
    window.refreshNow();
    QCOMPARE(window.findChild<QToolButton *>(QStringLiteral("isolate_anthropic"))->text(), QStringLiteral("Release"));
    click("isolate_anthropic");
    QCOMPARE(engine.asked, (QStringList{QStringLiteral("isolate openai"), QStringLiteral("probe mistral"),
                                        QStringLiteral("release anthropic")}));
    QVERIFY(!window.findChild<QToolButton *>(QStringLiteral("probe_anthropic"))->isEnabled());
    QTest::keyClick(window.findChild<QWidget *>(QStringLiteral("healthHeader")), Qt::Key_Return);
    const auto *page = window.findChild<EventsPage *>();
    QVERIFY(page->isVisible());
    QCOMPARE(page->filter().provider, QStringLiteral("anthropic"));
    QVERIFY(!window.findChild<DashboardPage *>()->isVisible()); // the events are
    QVERIFY(window.findChild<QLabel *>(QStringLiteral("healthSentence"))->isVisible()); // on every page
}

void DashboardTest::theHeaderSpeaksAtMostEveryFiveSeconds()
{
    HealthHeader header(*m_theme);
    QSignalSpy said(&header, &HealthHeader::announced);
    header.refresh(*m_state, m_stream.now());
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s);
    settle();
    header.refresh(*m_state, m_stream.now()); // changed again, and too soon
    QCOMPARE(said.count(), 1);
    QCOMPARE(said[0][0].toString(),
             QStringLiteral("No calls from here yet. 4 providers are configured; none was asked from here."));
    QVERIFY2(header.accessibleName().startsWith(QStringLiteral("No calls from here yet. OpenAI is down since ")),
             qPrintable(header.accessibleName()));
}

void DashboardTest::wallModeComesAndGoes()
{
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window, suite::patience));
    window.showPage(MainWindow::Test);
    auto *page = window.findChild<DashboardPage *>();
    const double before = page->charts()[0]->font().pointSizeF();
    QTest::keyClick(&window, Qt::Key_F11);
    QVERIFY(page->isWallMode() && page->isVisible());
    QVERIFY(window.isFullScreen());
    QVERIFY(!window.menuBar()->isVisible() && !window.statusBar()->isVisible());
    QVERIFY(page->charts()[0]->isVisible() && page->charts()[3]->isVisible() && !page->charts()[1]->isVisible());
    QVERIFY(!window.findChild<QToolButton *>(QStringLiteral("isolate_openai"))->isVisible());
    QVERIFY(page->charts()[0]->font().pointSizeF() > before * 1.5);
    QVERIFY(window.findChild<QLabel *>(QStringLiteral("healthSentence"))->isVisible());
    QTest::keyClick(&window, Qt::Key_Escape);
    QVERIFY(!page->isWallMode() && !window.isFullScreen());
    QVERIFY(window.menuBar()->isVisible() && page->charts()[1]->isVisible());
    QCOMPARE(page->charts()[0]->font().pointSizeF(), before);
}

void DashboardTest::everythingIsReachedByTab()
{
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 1s).limits = {
        {LimitKind::Requests, 500, 20, 30s, false}};
    settle();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get(), suite::patience));
    QSet<QWidget *> wanted;
    for (QWidget *w : m_page->findChildren<QWidget *>()) {
        const auto *button = qobject_cast<QAbstractButton *>(w);
        const bool byArrows =
            button && button->group() && !button->isChecked(); // of a group Tab reaches the chosen one
        if (w->isVisible() && w->isEnabled() && (w->focusPolicy() & Qt::TabFocus) && !byArrows)
            wanted.insert(w);
    }
    QVERIFY2(wanted.size() > 25, qPrintable(QString::number(wanted.size())));
    find<QWidget>(QStringLiteral("pauseButton"))->setFocus();
    QSet<QWidget *> reached;
    QVector<QWidget *> order;
    for (int i = 0; i < 200 && QApplication::focusWidget() && !reached.contains(QApplication::focusWidget()); ++i) {
        reached.insert(QApplication::focusWidget());
        order << QApplication::focusWidget();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (QWidget *w : wanted)
        QVERIFY2(reached.contains(w), qPrintable(w->objectName() + QLatin1Char(' ') + w->accessibleName()));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("isolate_openai")))
            < order.indexOf(find<QWidget>(QStringLiteral("isolate_mistral"))));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("isolate_mistral")))
            < order.indexOf(find<QWidget>(QStringLiteral("reasonChart"))));
    QVERIFY(order.indexOf(find<QWidget>(QStringLiteral("reasonChart")))
            < order.indexOf(find<QWidget>(QStringLiteral("circuitTimeline"))));
    find<QWidget>(QStringLiteral("span_0"))->setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
    QCOMPARE(QApplication::focusWidget(), find<QWidget>(QStringLiteral("span_1")));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(m_page->model().span(), std::size_t(1));
    auto *plot = find<QWidget>(QStringLiteral("outcomeChart"));
    plot->clearFocus();
    const QImage without = plot->grab().toImage();
    plot->setFocus(Qt::TabFocusReason);
    QVERIFY(plot->grab().toImage() != without); // a ring
}

void DashboardTest::everyFocusableWidgetHasAName()
{
    m_stream.beginCall();
    m_stream.attempt(QStringLiteral("openai"), RetryReason::None, 1s).limits = {
        {LimitKind::Requests, 500, 20, 30s, false}};
    settle();
    find<QToolButton>(QStringLiteral("limitsButton"))->click();
    for (TimeChart *c : m_page->charts())
        c->setTableVisible(true);
    int seen = 0;
    for (QWidget *w : m_page->findChildren<QWidget *>()) {
        if (w->focusPolicy() == Qt::NoFocus || w->objectName().startsWith(QStringLiteral("qt_"))
            || qobject_cast<QMenu *>(w))
            continue;
        const auto *button = qobject_cast<QAbstractButton *>(w);
        const bool inTable = !qobject_cast<QTableView *>(w) && w->parentWidget()
                             && (qobject_cast<QTableView *>(w->parentWidget()) || w->inherits("QHeaderView"));
        if (inTable)
            continue;
        ++seen;
        QVERIFY2(!w->accessibleName().isEmpty() || (button && !button->text().isEmpty()), w->metaObject()->className());
    }
    QVERIFY(seen > 25);
    for (TimeChart *c : m_page->charts())
        QVERIFY(!c->plot()->accessibleDescription().isEmpty());
}

void DashboardTest::nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(900, 600), QSize(1024, 700), QSize(1280, 800), QSize(2560, 1440)})
        QTest::addRow("%dx%d", size.width(), size.height()) << size;
}

void DashboardTest::nothingIsClipped()
{
    QFETCH(QSize, size);
    FakeEngine engine;
    MainWindow window(engine, [](const ProviderId &, Fault) {}, *m_theme);
    Configuration configuration;
    configuration.providers = RecordedStream::fourProviders();
    engine.apply(configuration);
    window.setConfiguration(configuration);
    window.resize(size);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window, suite::patience));
    for (int i = 0; i < 10; ++i)
        recordFailover();
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s, RetryReason::RateLimit);
    m_stream.circuit(QStringLiteral("mistral"), CircuitState::Closed, CircuitState::Isolated);
    engine.feed(m_stream.take());
    window.refreshNow();
    QCoreApplication::processEvents();
    QCOMPARE(window.size(), size);
    auto *page = window.findChild<DashboardPage *>();
    const auto *scroll = qobject_cast<QScrollArea *>(page->parentWidget()->parentWidget());
    QVERIFY(scroll);
    QCOMPARE(scroll->horizontalScrollBar()->maximum(), 0);
    int seen = 0;
    for (QWidget *w : page->findChildren<QWidget *>()) {
        const auto *label = qobject_cast<QLabel *>(w);
        if (!w->isVisible() || !(label || qobject_cast<QAbstractButton *>(w))
            || w->parentWidget()->inherits("QAbstractScrollArea"))
            continue;
        ++seen;
        const QSize need =
            label && label->wordWrap() ? QSize(0, label->heightForWidth(label->width())) : w->minimumSizeHint();
        QVERIFY2(w->width() >= need.width() && w->height() >= need.height(),
                 qPrintable(QStringLiteral("%1 \"%2\" needs %3x%4")
                                .arg(w->objectName(), label ? label->text() : static_cast<QAbstractButton *>(w)->text())
                                .arg(need.width())
                                .arg(need.height())));
        QVERIFY2(page->rect().contains(QRect(w->mapTo(page, QPoint(0, 0)), w->size())), qPrintable(w->objectName()));
    }
    QVERIFY(seen > 40);
}

void DashboardTest::amongManyTheEmptyCardsFold()
{
    Configuration many;
    many.providers = RecordedStream::fourProviders();
    for (int i = 0; i < 4; ++i) {
        ProviderConfig another = many.providers[3];
        another.id = another.name = QStringLiteral("more%1").arg(i);
        many.providers.append(another);
    }
    m_monitor.configure(many);
    m_state->setProviders(many.providers);
    m_page->rebuildCards();
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QTest::qWait(0);
    const auto height = [this](const char *id) {
        return find<QWidget>(QStringLiteral("providerCard_") + QLatin1String(id))->sizeHint().height();
    };
    QVERIFY(height("more1") < height("openai") * 2 / 3);
    QVERIFY(find<QWidget>(QStringLiteral("isolate_more1"))->isVisible()); // what can be done with it stays
    m_stream.beginCall();
    m_stream.skip(QStringLiteral("more1"), SkipReason::CircuitOpen, RetryReason::Network);
    m_stream.attempt(QStringLiteral("mistral"), RetryReason::None, 1s);
    m_stream.endCall(QStringLiteral("mistral"), CallOutcome::SecondChoice, 1s);
    settle();
    QCOMPARE(height("more1"), height("openai"));
    QVERIFY(height("more2") < height("openai"));
    m_page->setFault(QStringLiteral("more2"), Fault::Outage);
    m_stream.answered(QStringLiteral("openai"), 1s);
    settle();
    QCOMPARE(height("more2"), height("openai"));
}

void DashboardTest::noProviderLeadsToTheConfiguration()
{
    m_state->setProviders({});
    m_page->rebuildCards();
    settle();
    QVERIFY(find<QWidget>(QStringLiteral("emptyDashboard"))->isVisible());
    QVERIFY(!chart(0)->isVisible());
    QSignalSpy asked(m_page.get(), &DashboardPage::addProviderRequested);
    QTest::mouseClick(find<QPushButton>(QStringLiteral("addProviderButton")), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(m_state->headline(m_stream.now()).sentence(), QStringLiteral("No provider is enabled."));
}

void DashboardTest::picturesOfBothThemesDiffer()
{
    const QString folder = suite::pictureFolder();
    for (int i = 0; i < 60; ++i) {
        recordFailover();
        m_stream.wait(1s);
    }
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 60s, RetryReason::RateLimit);
    settle();
    QVector<QImage> pictures;
    for (const double ratio : {1.0, 2.0}) {
        for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
            m_theme->setMode(mode);
            settle();
            QPixmap picture(m_page->size() * ratio);
            picture.setDevicePixelRatio(ratio);
            m_page->render(&picture);
            QVERIFY(suite::keep(picture, QStringLiteral("%1/dashboard-%2x-%3.png")
                                     .arg(folder)
                                     .arg(ratio)
                                     .arg(mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
            for (const QImage &other : pictures)
                QVERIFY(picture.toImage() != other);
            pictures << picture.toImage();
        }
    }
}

/// Also between the frames of the charts: in flight as in the headline, skipped as on the card.
void DashboardTest::theFlowCountsAsTheCardsDo()
{
    m_stream.answered(QStringLiteral("openai"), 300ms);
    m_stream.circuit(QStringLiteral("openai"), CircuitState::Closed, CircuitState::Open, 100s, RetryReason::Network);
    for (int call = 0; call < 12; ++call) {
        m_stream.beginCall();
        m_stream.skip(QStringLiteral("openai"), SkipReason::CircuitOpen, RetryReason::Network);
        m_stream.wait(100ms); // under the charts' pace
        for (const Event &e : m_stream.take())
            m_monitor.onEvent(e);
        m_monitor.advance(m_stream.now(), m_stream.wall());
        m_state->onHealth(m_monitor.take());
        m_state->advance(m_stream.now(), m_stream.wall());
        m_page->refresh(m_stream.now());
        const FlowPicture &flow = m_page->findChild<FlowView *>()->flow();
        QCOMPARE(flow.inFlight, quint64(call + 1));
        const auto *why = find<QLabel>(QStringLiteral("why_openai"));
        const quint64 skipped = flow.binOf(QStringLiteral("openai"))->skipCount();
        const QString words = QStringLiteral("skipped %1×").arg(skipped);
        QCOMPARE(why->text().contains(QLatin1String("skipped")), skipped > 0);
        QVERIFY2(skipped == 0 || why->text().endsWith(words), qPrintable(why->text()));
        QVERIFY2(skipped == 0 || flow.rows.front().fact.startsWith(words), qPrintable(flow.rows.front().fact));
    }
}

SUITE_MAIN(DashboardTest)
{
    QStandardPaths::setTestModeEnabled(true);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); // separators of thousands are compared
    QApplication app(argc, argv);
    DashboardTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dashboard.moc"
