// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "charts/dashboardcharts.h"
#include "pages/dashboardpage.h"
#include "support/recordedstream.h"
#include "support/suite.h"

#include <QDateTime>
#include <QLabel>
#include <QRegularExpression>
#include <QTest>

namespace retryscope {

/// Answers when told to.
class HeldPast final : public DashboardPast
{
public:
    void request(const PastRequest &request, std::function<void(const PastAnswer &)> reply) override
    {
        requests.push_back(request);
        replies.push_back(std::move(reply));
    }
    std::vector<PastRequest> requests;
    std::vector<std::function<void(const PastAnswer &)>> replies;
};

/// A dashboard of four providers, fed with a recorded stream: what it shows at exact times.
class DashboardStand
{
protected:
    static QString localTime(WallTime t)
    {
        return QDateTime::fromMSecsSinceEpoch(t.time_since_epoch().count()).toString(QStringLiteral("HH:mm:ss"));
    }
    /// Without its markup.
    static QString plain(const QLabel *label)
    {
        return QString(label->text())
            .remove(QRegularExpression(QStringLiteral("<[^>]*>")))
            .replace(QStringLiteral("&nbsp;"), QStringLiteral(" "));
    }
    void setUp()
    {
        m_page.reset();
        m_stream = {};
        m_theme = std::make_unique<Theme>(ThemeMode::Light);
        m_state = std::make_unique<DashboardState>();
        m_state->setProviders(RecordedStream::fourProviders());
        Configuration configuration;
        configuration.providers = RecordedStream::fourProviders();
        m_monitor = HealthMonitor();
        m_monitor.configure(configuration);
        m_page = std::make_unique<DashboardPage>(*m_state, *m_theme);
        m_page->resize(1160, 760);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get(), suite::patience));
        m_page->activateWindow();
        settle();
    }
    /// Shows what was recorded; a quarter of a second passes, so that charts are due.
    void settle()
    {
        m_stream.wait(250ms);
        const Events events = m_stream.take();
        for (const Event &e : events)
            m_monitor.onEvent(e);
        m_monitor.advance(m_stream.now(), m_stream.wall());
        m_state->onEvents(events);
        m_state->onHealth(m_monitor.take());
        m_state->advance(m_stream.now(), m_stream.wall());
        m_page->refresh(m_stream.now());
    }
    template <typename T> T *find(const QString &name) { return m_page->findChild<T *>(name); }
    TimeChart *chart(int index) { return m_page->charts()[index]; }
    /// OpenAI: rate limited, waits, goes to Anthropic.
    void recordFailover()
    {
        m_stream.beginCall();
        m_stream.attempt(QStringLiteral("openai"), RetryReason::RateLimit, 200ms);
        m_stream.failOver(QStringLiteral("openai"), QStringLiteral("anthropic"), RetryReason::RateLimit);
        m_stream.attempt(QStringLiteral("anthropic"), RetryReason::None, 1s);
        m_stream.endCall(QStringLiteral("anthropic"), CallOutcome::RecoveredByFailover, 1200ms);
    }
    /// Of the columns in the shortest window.
    static qint64 groupOf(WallTime at) { return TimeSeries::keyOf(0, at) / groupedBins(0); }
    void moveCursorTo(TimePlot *plot, WallTime at)
    {
        for (int i = 0; i < 60 && (!m_page->model().cursor() || groupOf(*m_page->model().cursor()) > groupOf(at)); ++i)
            QTest::keyClick(plot, Qt::Key_Left);
    }
    QPoint pointIn(int chartIndex, int bin, double share)
    {
        const PlotArea a = chart(chartIndex)->plot()->area();
        return QPointF(a.left(bin) + a.binWidth() / 2, a.y(share)).toPoint();
    }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<DashboardState> m_state;
    std::unique_ptr<DashboardPage> m_page;
    HealthMonitor m_monitor;
    RecordedStream m_stream;
};

} // namespace retryscope
