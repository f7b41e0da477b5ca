// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historyrecorder.h"

#include <algorithm>
#include <utility>

namespace retryscope {

HistoryRecorder::HistoryRecorder(qint64 run, QObject *parent) : QObject(parent), m_run(run) {}

HistoryRecorder::~HistoryRecorder() { close(HistoryOptions().endPatience); }

std::function<void(const Event &)> HistoryRecorder::observer() const
{
    return [feed = m_feed](const Event &event) {
        const QMutexLocker lock(&feed->mutex);
        if (feed->store)
            feed->store->append(event);
        else if (!feed->opened && feed->waiting.size() < mostWaiting)
            feed->waiting.append(event);
    };
}

void HistoryRecorder::feed(HistoryStore *store)
{
    const QMutexLocker lock(&m_feed->mutex);
    m_feed->store = store;
    m_feed->opened = true;
    if (store)
        store->append(m_feed->waiting);
    m_feed->waiting.clear();
}

bool HistoryRecorder::open(const QString &line)
{
    const auto location = historyLocationFromText(line);
    if (!location)
        return false;
    if (m_line == line)
        return true;
    m_line = line;
    emit aboutToChange();
    HistoryOptions options;
    options.run = m_run;
    auto next =
        location->kind == HistoryLocation::Kind::Off ? nullptr : std::make_unique<HistoryStore>(*location, options);
    if (next)
        connect(next.get(), &HistoryStore::statusChanged, this, [this, from = next.get()](const HistoryStatus &status) {
            if (from == m_store.get())
                emit statusChanged(status);
        });
    feed(next.get());
    retire(std::exchange(m_store, std::move(next)));
    emit changed();
    emit statusChanged(status());
    return true;
}

void HistoryRecorder::retire(std::unique_ptr<HistoryStore> old)
{
    if (!old)
        return;
    connect(old.get(), &HistoryStore::ended, this, [this, gone = old.get()] {
        std::erase_if(m_retired, [gone](const auto &store) { return store.get() == gone; });
    });
    old->stop();
    m_retired.push_back(std::move(old));
}

HistoryStatus HistoryRecorder::status() const
{
    return m_store ? m_store->status() : HistoryStatus{HistoryStatus::State::Off, {}, {}, {}, 0};
}

HistoryEnd HistoryRecorder::close(std::chrono::milliseconds patience)
{
    if (m_store)
        emit aboutToChange();
    feed(nullptr);
    retire(std::move(m_store));
    m_line = QStringLiteral("off");
    HistoryEnd end;
    for (const auto &store : m_retired) {
        const bool answered = store->end(patience);
        const HistoryStatus status = store->status();
        if (store->unwritten() == 0)
            continue;
        end.unwritten += store->unwritten();
        end.sentence = !answered ? QStringLiteral("The history %1 does not answer.").arg(status.place)
                       : status.state == HistoryStatus::State::Degraded
                           ? status.sentence.section(QStringLiteral(" Calls go on"), 0, 0)
                           : QString();
    }
    m_retired.clear();
    return end;
}

} // namespace retryscope
