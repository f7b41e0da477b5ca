// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/chartmodel.h"

#include <QPointer>

namespace retryscope {
namespace {
constexpr std::chrono::seconds askAgain{30};
}

QString spanName(std::size_t span)
{
    static const std::array names{QT_TRANSLATE_NOOP("QObject", "2 min"), QT_TRANSLATE_NOOP("QObject", "30 min"), QT_TRANSLATE_NOOP("QObject", "6 h"),
                                  QT_TRANSLATE_NOOP("QObject", "24 h"), QT_TRANSLATE_NOOP("QObject", "7 days")};
    return QObject::tr(names[span]);
}

ChartModel::ChartModel(DashboardState &state, QObject *parent) : QObject(parent), m_state(state) { rebuild(); }

void ChartModel::setPast(DashboardPast *past)
{
    m_past = past;
    m_notBefore = {};
    m_problems.clear();
    m_asked.reset();
    m_loading.reset();
    fetch();
}

void ChartModel::setSpan(std::size_t span)
{
    span = std::min(span, seriesSpans.size() - 1);
    if (span == m_span)
        return;
    m_span = span;
    m_cursor.reset();
    fetch();
    rebuild();
    emit spanChanged();
    emit cursorChanged();
}

void ChartModel::shorter()
{
    if (m_span > 0)
        setSpan(m_span - 1);
}

void ChartModel::longer() { setSpan(m_span + 1); }

void ChartModel::setPaused(bool paused)
{
    if (paused == isPaused())
        return;
    m_frozen = paused ? std::make_unique<TimeSeries>(m_state.series()) : nullptr;
    m_pausedAt = paused ? std::optional(m_now) : std::nullopt;
    rebuild();
    emit pausedChanged();
}

void ChartModel::setCursor(std::optional<WallTime> at)
{
    if (at == m_cursor)
        return;
    m_cursor = at;
    emit cursorChanged();
}

void ChartModel::fetch()
{
    if (!m_past || m_asked[m_span] || m_now == WallTime{} || m_now < m_notBefore[m_span])
        return;
    m_asked[m_span] = m_loading[m_span] = true;
    const SeriesSpan &s = seriesSpans[m_span];
    const WallTime until = m_state.firstEvent().value_or(m_now);
    const PastRequest request{m_span, m_now - std::chrono::duration_cast<std::chrono::milliseconds>(s.window + s.bin), until};
    m_past->request(request, [self = QPointer(this), span = m_span](const PastAnswer &answer) {
        if (self)
            self->take(span, answer);
    });
}

void ChartModel::take(std::size_t span, const PastAnswer &answer)
{
    if (!m_loading[span])
        return;
    m_loading[span] = false;
    m_problems[span] = answer.problem;
    if (!answer.problem.isEmpty()) {
        m_asked[span] = false;
        m_notBefore[span] = m_now + askAgain;
    }
    std::map<ProviderId, std::vector<StateChange>> changes;
    for (const auto &[provider, change] : answer.changes)
        changes[provider].push_back(change);
    for (TimeSeries *series : {&m_state.series(), m_frozen.get()}) {
        if (!series)
            continue;
        for (const auto &[provider, start, bin] : answer.bins)
            series->merge(span, provider, start, bin);
        for (const auto &[provider, list] : changes)
            series->mergeChanges(provider, list);
    }
    rebuild();
    emit pastArrived();
}

void ChartModel::advance(SteadyTime now)
{
    m_now = m_state.series().wallOf(now);
    fetch();
    rebuild();
    if (m_cursor && *m_cursor < m_frame.startOf(0))
        setCursor(std::nullopt);
}

ChartFrame ChartModel::build(const TimeSeries &series, WallTime end) const
{
    ChartFrame f;
    f.series = &series;
    f.span = m_span;
    f.lastKey = TimeSeries::keyOf(m_span, end);
    f.version = series.version();
    for (const auto &p : m_state.providers())
        f.lanes.push_back({p.id, p.name});
    f.simulated = m_state.simulated();
    f.loading = m_loading[m_span];
    const auto problem = m_problems.find(m_span);
    f.problem = problem == m_problems.end() ? QString() : problem->second;
    return f;
}

} // namespace retryscope
