// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/heartbeatstrip.h"

#include "charts/chartfill.h"
#include "charts/dashboardcharts.h"
#include "words/labels.h"
#include "words/localtime.h"

#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <cmath>

namespace retryscope {
namespace {

constexpr std::array<int, seriesSpans.size()> binsPerBeat{3, 4, 4, 4, 4}; // 40, 45, 45, 36 and 42 beats
constexpr double mostlyFailing = 0.5;

/// What the beat's own attempts say, unless nobody was to be asked at all.
ProviderState beatState(ProviderState state, quint64 attempts, quint64 failures)
{
    if (state == ProviderState::Down || state == ProviderState::Isolated || state == ProviderState::Probing)
        return state;
    if (attempts == 0)
        return ProviderState::Unproven;
    if (double(failures) >= mostlyFailing * double(attempts))
        return ProviderState::Down;
    return failures > 0                   ? ProviderState::Failing
           : state == ProviderState::Slow ? ProviderState::Slow
                                          : ProviderState::Well;
}

} // namespace

HeartbeatStrip::HeartbeatStrip(const ProviderId &provider, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_id(provider), m_theme(theme)
{
    setObjectName(QStringLiteral("beats_") + provider);
    setAccessibleName(tr("Heartbeat"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setCursor(Qt::PointingHandCursor);
}

QSize HeartbeatStrip::sizeHint() const { return {240, std::max(22, int(fontMetrics().height() * 1.4))}; }

void HeartbeatStrip::refresh(const ChartFrame &f)
{
    const int group = binsPerBeat[f.span];
    std::vector<Beat> beats(std::size_t(f.bins() / group));
    const qint64 last = f.lastKey / group, first = last - qint64(beats.size()) + 1;
    for (std::size_t i = 0; i < beats.size(); ++i)
        beats[i].key = first + qint64(i);
    std::vector<ProviderState> gravest(beats.size(), ProviderState::Unproven);
    for (const StateBand &band : bandsOf(f, m_id)) {
        const qint64 from = TimeSeries::keyOf(f.span, band.from) / group - first;
        const qint64 to = TimeSeries::keyOf(f.span, band.to - WallTime::duration(1)) / group - first;
        for (qint64 at = std::max<qint64>(0, from); band.state && at <= std::min<qint64>(to, qint64(beats.size()) - 1);
             ++at) {
            ProviderState &worst = gravest[std::size_t(at)];
            worst = gravity(*band.state) > gravity(worst) ? *band.state : worst;
        }
    }
    for (int b = 0; b < f.bins(); ++b) {
        const qint64 at = (f.lastKey - f.bins() + 1 + b) / group - first;
        if (at < 0 || at >= qint64(beats.size()))
            continue;
        if (const TrafficBin *bin = f.at(m_id, b)) {
            beats[std::size_t(at)].attempts += bin->attempts();
            beats[std::size_t(at)].failures += bin->failures;
        }
    }
    for (std::size_t i = 0; i < beats.size(); ++i)
        beats[i].state = beatState(gravest[i], beats[i].attempts, beats[i].failures);
    if (beats == m_beats && m_span == f.span)
        return;
    m_beats = std::move(beats);
    m_span = f.span;
    m_group = group;
    const auto count = [this](ProviderState s) {
        return std::count_if(m_beats.begin(), m_beats.end(), [s](const Beat &b) { return b.state == s; });
    };
    setAccessibleDescription(tr("%1 beats over %2: %3 well, %4 slow or failing, %5 down, %6 silent")
                                 .arg(m_beats.size())
                                 .arg(spanName(m_span))
                                 .arg(count(ProviderState::Well))
                                 .arg(count(ProviderState::Slow) + count(ProviderState::Failing))
                                 .arg(count(ProviderState::Down))
                                 .arg(count(ProviderState::Unproven)));
    update();
}

QRectF HeartbeatStrip::beatRect(int i) const
{
    const double ratio = devicePixelRatioF(), slot = double(width()) / double(m_beats.size());
    const auto snap = [ratio](double v) { return std::round(v * ratio) / ratio; };
    const double high = snap(height() * stateHeight(m_beats[std::size_t(i)].state)), left = snap(i * slot);
    return {left, height() - high, std::max(2.0, snap((i + 1) * slot) - left - 2), high};
}

void HeartbeatStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.surface());
    for (int i = 0; i < int(m_beats.size()); ++i) {
        const ProviderState s = m_beats[std::size_t(i)].state;
        const QBrush brush = stateBrush(m_theme, s);
        if (s == ProviderState::Unproven)
            painter.fillRect(beatRect(i), mixed(brush.color(), m_theme.surface(), 0.4));
        else
            ChartFill(brush, m_theme.surface(), devicePixelRatioF())(painter, beatRect(i));
    }
}

int HeartbeatStrip::beatAt(int x) const
{
    return m_beats.empty() ? -1
                           : std::clamp(int(double(x) / width() * double(m_beats.size())), 0, int(m_beats.size()) - 1);
}

QString HeartbeatStrip::words(const Beat &beat) const
{
    const auto time = [this](qint64 key) {
        return localTime(TimeSeries::startOf(m_span, key * m_group))
            .toString(m_span < 2 ? QStringLiteral("HH:mm:ss") : QStringLiteral("ddd HH:mm"));
    };
    return tr("%1 to %2\n%3 %4: %5, %6 failed")
        .arg(time(beat.key), time(beat.key + 1), stateGlyph(beat.state), stateWord(beat.state),
             attemptsText(beat.attempts))
        .arg(beat.failures);
}

bool HeartbeatStrip::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        if (const int i = beatAt(help->pos().x()); i >= 0)
            QToolTip::showText(help->globalPos(), words(m_beats[std::size_t(i)]), this);
        return true;
    }
    return QWidget::event(event);
}

void HeartbeatStrip::mousePressEvent(QMouseEvent *event)
{
    if (const int i = beatAt(event->pos().x()); i >= 0) {
        const qint64 key = m_beats[std::size_t(i)].key * m_group;
        emit eventsRequested(
            {m_id, {}, {}, TimeSeries::startOf(m_span, key), TimeSeries::startOf(m_span, key + m_group)});
    }
}

} // namespace retryscope
