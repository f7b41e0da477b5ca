// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/virtualclock.h"
#include "mainwindow.h"
#include "support/fakeengine.h"
#include "support/suite.h"
#include "widgets/elidedlabel.h"
#include "widgets/faultbanner.h"

#include <QAction>
#include <QLabel>
#include <QLayout>
#include <QMenu>
#include <QPushButton>
#include <QTest>
#include <QToolButton>

using namespace retryscope;

/// A fault on purpose before a provider that is no simulated one: from its card, with the banner that stands while it is on.
class FaultBannerTest : public QObject
{
    Q_OBJECT
private slots:
    void init();
    void cleanup();
    void theCardOffersFaultsForATime();
    void aNameIsWholeBesideTheBadge();
    void theBannerStandsAsLongAsOneIsOn();
    void stopByKeyboard();
    void theBannerNamesEveryProviderAndShare();
    void anEngineElsewhereOffersNone();

private:
    template <typename T> T *find(const char *name) { return m_window->findChild<T *>(QLatin1String(name)); }
    void show(EngineClient &engine)
    {
        m_window = std::make_unique<MainWindow>(engine, FaultControl(), *m_theme);
        m_window->setClock(m_clock);
        Configuration configuration;
        for (const char *id : {"openai", "mistral"}) {
            ProviderConfig p;
            p.id = QLatin1String(id);
            p.name = p.id == QLatin1String("openai") ? QStringLiteral("OpenAI") : QStringLiteral("Mistral");
            p.protocol = ProtocolKind::OpenAi;
            p.baseUrl = QUrl(QStringLiteral("https://%1.test/v1").arg(p.id));
            p.model = QStringLiteral("m");
            configuration.providers.append(p);
        }
        m_engine->apply(configuration);
        m_window->setConfiguration(configuration);
        m_window->resize(900, 600);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get(), suite::patience));
        m_engine->feed({});
        QTRY_VERIFY(find<QFrame>("providerCard_openai"));
    }
    StandingFault standing(const char *id, PlayedFault fault, Duration left, double share = 1.0)
    {
        FaultPlan plan;
        plan.fault = fault;
        plan.share = share;
        return {QLatin1String(id), plan,
                m_clock.wallNow() + std::chrono::duration_cast<std::chrono::milliseconds>(left)};
    }
    VirtualClock m_clock;
    std::unique_ptr<FakeEngine> m_engine;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

void FaultBannerTest::init()
{
    m_engine = std::make_unique<FakeEngine>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    show(*m_engine);
}

void FaultBannerTest::cleanup()
{
    m_window.reset();
    m_engine.reset();
    m_theme.reset();
}

void FaultBannerTest::theCardOffersFaultsForATime()
{
    auto *button = find<QToolButton>("faultMenu_openai");
    QVERIFY(button && button->menu());
    QVERIFY(button->focusPolicy() & Qt::TabFocus);
    QVERIFY(!button->accessibleName().isEmpty());
    QVERIFY(!find<QAction>("stopFaults_openai")->isEnabled());
    find<QAction>("fault_overloaded_openai")->trigger();
    QCOMPARE(m_engine->asked.last(), QStringLiteral("fault openai overloaded 5:00 1"));
    find<QAction>("faultMinutes_15_openai")->trigger();
    find<QAction>("faultShare_0.2_openai")->trigger();
    find<QAction>("fault_hang_openai")->trigger();
    QCOMPARE(m_engine->asked.last(), QStringLiteral("fault openai hang 15:00 0.2"));
    // What is on is the engine's word, not the menu's.
    emit m_engine->faultsChanged({standing("openai", PlayedFault::Hang, 15min)});
    QVERIFY(find<QAction>("fault_hang_openai")->isChecked() && !find<QAction>("fault_overloaded_openai")->isChecked());
    QVERIFY(find<QLabel>("faultBadge_openai")->isVisible());
    QVERIFY(!find<QLabel>("faultBadge_mistral")->isVisible());
    find<QAction>("stopFaults_openai")->trigger();
    QCOMPARE(m_engine->asked.last(), QStringLiteral("stop faults"));
    emit m_engine->faultsChanged({});
    QVERIFY(!find<QLabel>("faultBadge_openai")->isVisible());
    QVERIFY(!find<QAction>("fault_hang_openai")->isChecked());
}

void FaultBannerTest::aNameIsWholeBesideTheBadge()
{
    emit m_engine->faultsChanged({standing("mistral", PlayedFault::RateLimit, 15min)});
    auto *card = find<QFrame>("providerCard_mistral");
    auto *badge = find<QLabel>("faultBadge_mistral");
    const auto *name = card->findChild<ElidedLabel *>(QStringLiteral("cardName_mistral"));
    card->resize(600, card->height());
    QTest::qWait(20);
    QVERIFY2(badge->text().startsWith(QStringLiteral("fault: ")), qPrintable(badge->text()));
    QVERIFY(badge->width() >= badge->sizeHint().width());
    card->resize(240, card->height());
    card->layout()->activate();
    QCOMPARE(badge->text(), QStringLiteral("fault"));
    QCOMPARE(name->shown(), QStringLiteral("Mistral"));
    QVERIFY(badge->toolTip().contains(badge->accessibleName()) && badge->accessibleName().size() > 7);
    for (int width = 240; width <= 600; width += 3) { // whatever fits beside it
        card->resize(width, card->height());
        card->layout()->activate();
        QVERIFY2(name->shown() == QLatin1String("Mistral"),
                 qPrintable(QStringLiteral("%1: %2, %3").arg(width).arg(name->shown(), badge->text())));
    }
}

void FaultBannerTest::theBannerStandsAsLongAsOneIsOn()
{
    auto *banner = find<FaultBanner>("faultBanner");
    QVERIFY(banner && !banner->isVisible());
    emit m_engine->faultsChanged({standing("openai", PlayedFault::ServerError, 5min)});
    QVERIFY(banner->isVisible());
    QVERIFY2(find<QLabel>("faultBannerText")->text().contains(QStringLiteral("OpenAI: server error (500) for every call")),
             qPrintable(find<QLabel>("faultBannerText")->text()));
    QVERIFY(find<QLabel>("faultBannerLeft")->text().endsWith(QStringLiteral("5:00 left")));
    m_clock.advance(90s);
    m_window->refreshNow();
    QVERIFY2(find<QLabel>("faultBannerLeft")->text().endsWith(QStringLiteral("3:30 left")),
             qPrintable(find<QLabel>("faultBannerLeft")->text()));
    for (int page = 0; page < MainWindow::PageCount; ++page) { // wherever one is
        m_window->showPage(page);
        QVERIFY(banner->isVisible());
    }
    emit m_engine->faultsChanged({});
    QVERIFY(!banner->isVisible());
}

void FaultBannerTest::stopByKeyboard()
{
    emit m_engine->faultsChanged({standing("openai", PlayedFault::Refused, 1min)});
    auto *stop = find<QPushButton>("stopFaultsButton");
    stop->setFocus(Qt::TabFocusReason);
    QTest::keyClick(stop, Qt::Key_Space);
    QCOMPARE(m_engine->asked, QStringList{"stop faults"});
}

void FaultBannerTest::theBannerNamesEveryProviderAndShare()
{
    emit m_engine->faultsChanged({standing("mistral", PlayedFault::CutStream, 1min, 0.5),
                                  standing("openai", PlayedFault::RateLimit, 15min, 0.2)});
    const QString text = find<QLabel>("faultBannerText")->text();
    QVERIFY2(text.contains(QStringLiteral("Mistral: answer broken off for one in 2 calls; OpenAI: rate limit (429) for one in "
                                          "5 calls")),
             qPrintable(text));
    QVERIFY(find<QLabel>("faultBannerLeft")->text().endsWith(QStringLiteral("15:00 left"))); // until the last has ended
}

/// Its calls are not made here.
void FaultBannerTest::anEngineElsewhereOffersNone()
{
    m_window.reset();
    m_engine->refusesFaults = true;
    show(*m_engine);
    QVERIFY(!find<QToolButton>("faultMenu_openai"));
}

SUITE_TEST(FaultBannerTest)
#include "tst_faultbanner.moc"
