// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/flowpicture.h"

#include "base/timeformat.h"
#include "words/healthwords.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <tuple>
#include <utility>

namespace retryscope {
namespace {

constexpr quint64 fewAnswers = 20;

QString tr(const char *text) { return QCoreApplication::translate("retryscope::FlowView", text); }

QString factOf(const FlowRow &row, const ProviderReport &p, const HealthSnapshot &health, quint64 owed, SteadyTime now)
{
    const bool passedOver =
        p.state == ProviderState::Down || p.state == ProviderState::Probing || p.state == ProviderState::Isolated;
    if (passedOver || (row.bin.skipCount() > 0 && row.bin.owed() == 0)) {
        const QString skipped =
            row.bin.skipCount() > 0 ? tr("skipped %1×").arg(QLocale().toString(row.bin.skipCount())) : QString();
        const QString why = passedOver ? stateReason(p, health, now) : QString();
        return skipped.isEmpty() ? why : why.isEmpty() ? skipped : tr("%1 · %2").arg(skipped, why);
    }
    if (row.bin.owed() == 0)
        return row.inFlight > 0 ? tr("%1 in flight").arg(row.inFlight) : stateReason(p, health, now);
    const QString share = tr("%1 of calls").arg(percentText(row.bin.owed(), owed)),
                  speed = latencyFact(row.bin.latency);
    return speed.isEmpty() ? share : tr("%1 · %2").arg(share, speed);
}

QString briefOf(const FlowRow &row, quint64 owed)
{
    if (row.bin.owed() > 0)
        return percentText(row.bin.owed(), owed);
    return row.bin.skipCount() > 0 ? tr("skipped %1×").arg(QLocale().toString(row.bin.skipCount())) : QString();
}

} // namespace

QString latencyFact(const LatencyHistogram &latency)
{
    const auto p95 = latency.quantile(0.95);
    if (!p95)
        return {};
    const QString value = formatDuration(*p95);
    if (latency.count() == 1)
        return tr("%1, one answer").arg(value);
    return latency.count() < fewAnswers ? tr("p95 %1 of %2 answers").arg(value).arg(latency.count())
                                        : tr("p95 %1").arg(value);
}

std::vector<std::size_t> FlowPicture::shown() const
{
    std::vector<std::size_t> list;
    const bool fold = rows.size() > mostRows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!fold || !rows[i].isQuiet())
            list.push_back(i);
    }
    for (std::size_t i = 0; fold && i < rows.size() && list.size() + 1 < mostRows;
         ++i) { // the first quiet ones still have room
        if (rows[i].isQuiet())
            list.push_back(i);
    }
    std::sort(list.begin(), list.end());
    return list;
}

const TrafficBin *FlowPicture::binOf(const ProviderId &provider) const
{
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const FlowRow &r) {
        return r.kind == FlowRow::Kind::Provider && r.id == provider;
    });
    return row == rows.end() ? nullptr : &row->bin;
}

FlowPicture flowOf(const ChartFrame &f, const HealthSnapshot &health, SteadyTime now)
{
    FlowPicture picture;
    for (int b = 0; b < f.bins(); ++b) {
        if (const TrafficBin *bin = f.total(b))
            picture.all.mergeCounts(*bin);
    }
    const quint64 owed = picture.all.owed();
    int watched = 0;
    for (int b = 0; b < f.bins(); ++b)
        watched += f.watched(b);
    picture.over = f.zoomed || f.span > 0 ? f.bin() * watched : health.calls.over;
    for (const ProviderReport &p : health.providers) {
        FlowRow row;
        row.id = p.id;
        row.name = p.name;
        row.model = p.model;
        row.bin = windowOf(f, p.id);
        picture.rows.push_back(std::move(row));
    }
    FlowRow removed{FlowRow::Kind::Removed, {}, {}, {}, ProviderState::Unproven, 0, {}, {}};
    QStringList names;
    for (const ProviderId &id : f.series->providers()) {
        if (id.isEmpty() || health.provider(id))
            continue;
        const TrafficBin bin = windowOf(f, id);
        removed.bin.merge(bin);
        if (!bin.isEmpty())
            names << id;
    }
    if (removed.bin.owed() > 0) {
        removed.id = names.size() == 1 ? names.first() : QString();
        removed.name = names.size() == 1 ? f.names.value(removed.id, removed.id) : tr("%1 providers").arg(names.size());
        removed.fact = tr("%1 of calls · no longer in use").arg(percentText(removed.bin.owed(), owed));
        picture.rows.push_back(removed);
    }
    FlowRow nobody{FlowRow::Kind::Nobody, {}, tr("Nobody"), {}, ProviderState::Unproven, 0, windowOf(f, {}), {}};
    if (nobody.bin.owed() > 0) {
        nobody.fact = tr("%1 of calls found no provider to ask").arg(percentText(nobody.bin.owed(), owed));
        picture.rows.push_back(nobody);
    }
    picture.tell(health, now);
    return picture;
}

bool FlowPicture::tell(const HealthSnapshot &health, SteadyTime now)
{
    const quint64 owed = all.owed();
    bool changed = std::exchange(inFlight, health.calls.inFlight) != health.calls.inFlight;
    for (FlowRow &row : rows) {
        const ProviderReport *p = row.kind == FlowRow::Kind::Provider ? health.provider(row.id) : nullptr;
        if (!p)
            continue;
        const auto said = [&row] { return std::tuple(row.state, row.inFlight, row.fact); };
        const auto before = said();
        row.state = p->state;
        row.inFlight = p->inFlight;
        row.fact = factOf(row, *p, health, owed, now);
        row.brief = briefOf(row, owed);
        changed = changed || said() != before;
    }
    return changed;
}

} // namespace retryscope
