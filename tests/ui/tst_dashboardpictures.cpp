// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/dashboardcharts.h"
#include "charts/flowview.h"
#include "health/healthmonitor.h"
#include "pages/dashboardpage.h"
#include "pages/healthheader.h"
#include "support/recordedstream.h"
#include "support/pictures.h"
#include "support/suite.h"
#include "theme/stylesheet.h"

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QTest>
#include <QVBoxLayout>

#include <random>

using namespace retryscope;

namespace {

ProviderConfigs manyProviders(int count)
{
    static const std::array names{"OpenAI", "Anthropic", "Google AI", "Mistral",
                                  "DeepSeek through the company's gateway in Frankfurt (reserve)", "Groq",
                                  "مزود النماذج اللغوية العربية", "通义千问大模型服务平台", "Together", "Fireworks",
                                  "Local llama.cpp on the workstation under the desk", "vLLM"};
    ProviderConfigs configs = RecordedStream::fourProviders().mid(0, std::min(count, 4));
    for (int i = 4; i < count; ++i) {
        ProviderConfig c;
        c.id = QStringLiteral("p%1").arg(i);
        c.name = QString::fromUtf8(names[std::size_t(i)]);
        c.model = QStringLiteral("model-with-a-long-name-%1-2026-11-25").arg(i);
        c.simulated = true;
        configs.append(c);
    }
    return configs;
}

/// The headline and the dashboard as the window shows them, on recorded time.
class Stage
{
public:
    Stage(int count, ThemeMode mode, QSize size)
        : theme(mode), header(*new HealthHeader(theme)), page(*new DashboardPage(state, theme))
    {
        Configuration configuration;
        configuration.providers = manyProviders(count);
        for (const ProviderConfig &p : configuration.providers)
            ids << p.id;
        monitor.configure(configuration);
        state.setProviders(configuration.providers);
        page.rebuildCards();
        auto *scroll = new QScrollArea;
        scroll->setWidget(&page);
        scroll->setWidgetResizable(true);
        scroll->setFrameShape(QFrame::NoFrame);
        auto *column = new QVBoxLayout(&window);
        column->setContentsMargins(0, 8, 0, 0);
        column->addWidget(&header);
        column->addWidget(scroll, 1);
        window.setStyleSheet(styleSheet(theme));
        window.resize(size);
        window.show();
        settle();
    }
    void settle()
    {
        stream.wait(250ms);
        const Events events = stream.take();
        for (const Event &e : events)
            monitor.onEvent(e);
        monitor.advance(stream.now(), stream.wall());
        state.onEvents(events);
        state.onHealth(monitor.take());
        state.advance(stream.now(), stream.wall());
        page.refresh(stream.now());
        header.refresh(state, stream.now());
        QCoreApplication::processEvents();
    }
    Duration took() { return fromSeconds(0.5 * std::exp(0.4 * m_normal(m_random))); }
    /// Two calls a second on the first two providers, with a failure now and then.
    void play(int seconds)
    {
        for (int s = 0; s < seconds; ++s) {
            for (int i = 0; i < 2; ++i) {
                stream.beginCall();
                const QString &first = ids[int(m_random() % std::min<std::size_t>(2, std::size_t(ids.size())))];
                if (m_random() % 9 == 0) {
                    const auto reason = m_random() % 2 ? RetryReason::RateLimit : RetryReason::Network;
                    stream.attempt(first, reason, took());
                    stream.retry(first, reason, 500ms);
                    stream.attempt(first, RetryReason::None, took());
                    stream.endCall(first, CallOutcome::RecoveredByRetry, took());
                } else {
                    stream.attempt(first, RetryReason::None, took());
                    stream.endCall(first, CallOutcome::FirstTry, took());
                }
            }
            stream.wait(1s);
            if (s % 5 == 0)
                settle();
        }
        settle();
    }
    /// The first one is down: the second serves.
    void reroute(int seconds)
    {
        stream.circuit(ids[0], CircuitState::Closed, CircuitState::Open, 30s, RetryReason::Network);
        for (int s = 0; s < seconds && ids.size() > 1; ++s) {
            for (int i = 0; i < 2; ++i) {
                stream.beginCall();
                stream.skip(ids[0], SkipReason::CircuitOpen, RetryReason::Network, 20s);
                stream.attempt(ids[1], RetryReason::None, took());
                stream.endCall(ids[1], CallOutcome::SecondChoice, took());
            }
            stream.wait(1s);
            if (s % 5 == 0)
                settle();
        }
        settle();
    }
    /// Everybody is down: every call fails.
    void outage(int seconds)
    {
        for (const QString &id : ids)
            stream.circuit(id, CircuitState::Closed, CircuitState::Open, 60s, RetryReason::ServerError);
        for (int s = 0; s < seconds; ++s) {
            stream.beginCall();
            for (const QString &id : ids)
                stream.skip(id, SkipReason::CircuitOpen, RetryReason::ServerError, 30s);
            stream.endCall({}, CallOutcome::Failed, 1ms, RetryReason::ServerError);
            stream.wait(1s);
            if (s % 5 == 0)
                settle();
        }
        settle();
    }
    void hang()
    {
        for (int i = 0; i < 4; ++i) {
            stream.beginCall();
            stream.add(EventKind::AttemptStarted, ids[0]).attempt = 1;
            stream.wait(1s);
        }
        stream.wait(40s);
        settle();
    }
    void recover()
    {
        for (const QString &id : ids) {
            stream.circuit(id, CircuitState::Open, CircuitState::HalfOpen);
            stream.wait(300ms);
            stream.circuit(id, CircuitState::HalfOpen, CircuitState::Closed);
        }
        play(20);
    }
    bool save(const QString &path, double ratio = 1.0)
    {
        QPixmap picture(window.size() * ratio);
        picture.setDevicePixelRatio(ratio);
        window.render(&picture);
        return suite::keep(picture, path);
    }

    Theme theme;
    DashboardState state;
    HealthMonitor monitor;
    HealthHeader &header; ///< the window's
    DashboardPage &page;
    QWidget window;
    RecordedStream stream;
    QStringList ids;

private:
    std::mt19937_64 m_random{7};
    std::normal_distribution<> m_normal;
};

} // namespace

/// The dashboard in the states that matter, as pictures to look at: RETRYSCOPE_PICTURES names the folder.
class DashboardPicturesTest : public QObject
{
    Q_OBJECT
private slots:
    void everyStateHasAPicture_data();
    void everyStateHasAPicture();
    void twelveProvidersReadWell();
    void aTotalOutageIsRedAndNotBlank();
    void hangingCallsAreRed();
};

void DashboardPicturesTest::everyStateHasAPicture_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<int>("providers");
    QTest::addColumn<QSize>("size");
    const QSize usual(1100, 800);
    for (const char *state : {"empty", "first-30-s", "rerouted", "outage", "hanging", "recovered", "restarted"})
        QTest::newRow(state) << QString::fromLatin1(state) << 4 << usual;
    QTest::newRow("small") << QStringLiteral("rerouted") << 4 << QSize(720, 560);
    QTest::newRow("large") << QStringLiteral("rerouted") << 4 << QSize(1740, 1040);
    QTest::newRow("one provider") << QStringLiteral("first-30-s") << 1 << usual;
    QTest::newRow("twelve providers") << QStringLiteral("rerouted") << 12 << usual;
}

void DashboardPicturesTest::everyStateHasAPicture()
{
    QFETCH(QString, state);
    QFETCH(int, providers);
    QFETCH(QSize, size);
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        Stage stage(providers, mode, size);
        if (state != QStringLiteral("empty"))
            stage.play(state == QStringLiteral("first-30-s") ? 25 : 60);
        if (state == QStringLiteral("rerouted"))
            stage.reroute(40);
        if (state == QStringLiteral("outage") || state == QStringLiteral("recovered"))
            stage.outage(40);
        if (state == QStringLiteral("recovered"))
            stage.recover();
        if (state == QStringLiteral("hanging"))
            stage.hang();
        if (state == QStringLiteral("restarted"))
            stage.page.model().setSpan(1);
        stage.settle();
        const QString path =
            QStringLiteral("%1/%2-%3.png")
                .arg(suite::pictureFolder(), QString::fromLatin1(QTest::currentDataTag()).replace(QLatin1Char(' '), QLatin1Char('-')),
                     mode == ThemeMode::Dark ? QStringLiteral("dark") : QStringLiteral("light"));
        QVERIFY(stage.save(path));
        if (state == QStringLiteral("rerouted") && mode == ThemeMode::Dark)
            QVERIFY(stage.save(QString(path).replace(QStringLiteral(".png"), QStringLiteral("@2x.png")), 2.0));
    }
}

void DashboardPicturesTest::twelveProvidersReadWell()
{
    Stage stage(12, ThemeMode::Light, QSize(900, 700));
    stage.play(30);
    QCOMPARE(stage.page.flow()->flow().rows.size(), std::size_t(12));
    const std::size_t shown = stage.page.flow()->flow().shown().size();
    QVERIFY(shown < 12 && shown >= 2); // the quiet ones fold
    for (const QLabel *label : stage.page.findChildren<QLabel *>()) {
        if (label->isVisible() && label->text().startsWith(QStringLiteral("DeepSeek")))
            QCOMPARE(label->toolTip(), label->text()); // cut short, and whole in the tooltip
    }
}

void DashboardPicturesTest::aTotalOutageIsRedAndNotBlank()
{
    Stage stage(4, ThemeMode::Dark, QSize(1100, 800));
    stage.outage(30);
    QCOMPARE(stage.header.service(), ServiceState::Bad);
    QVERIFY2(stage.header.sentence().startsWith(QStringLiteral("No provider can be asked, 0 % served")),
             qPrintable(stage.header.sentence()));
    const TimeChart *ends = stage.page.charts()[2];
    QVERIFY2(ends->summary().contains(QStringLiteral("failed 100 %")), qPrintable(ends->summary()));
    const ChartTable flow = stage.page.flow()->table();
    QCOMPARE(flow.rows.last().value(7), flow.rows.last().value(2)); // all of them failed
    QCOMPARE(flow.rows[0].last(), flow.rows.last().value(2));       // and all passed the first one over
}

void DashboardPicturesTest::hangingCallsAreRed()
{
    Stage stage(4, ThemeMode::Dark, QSize(1100, 800));
    stage.hang();
    QCOMPARE(stage.header.service(), ServiceState::Bad);
    QVERIFY2(stage.header.sentence().contains(QStringLiteral("4 calls wait and none ends")),
             qPrintable(stage.header.sentence()));
    QVERIFY2(stage.header.sentence().contains(QStringLiteral("No call has ended for long")),
             qPrintable(stage.header.sentence()));
}

SUITE_MAIN(DashboardPicturesTest)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QApplication app(argc, argv);
    DashboardPicturesTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_dashboardpictures.moc"
