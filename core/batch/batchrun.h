// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "batch/batchresult.h"

#include <QHash>
#include <QObject>

namespace retryscope {

/// Runs a batch on an engine: so many calls at once, so far apart, up to a ceiling of cost. Lives on the caller's thread, never
/// waits there; engine and clock must outlive it.
class BatchRun : public QObject
{
    Q_OBJECT
public:
    BatchRun(EngineClient &engine, Clock &clock, QObject *parent = nullptr);
    ~BatchRun() override;

    /// With one prompt at least; does nothing while one runs. What the one before left is forgotten.
    void start(const BatchPlan &plan, const Configuration &configuration, const PriceList &prices);
    /// What came stays: calls in flight end as cancelled, and finished() follows.
    void stop();
    /// What calls may cost from now on.
    void setConfiguration(const Configuration &configuration);

    bool isRunning() const { return m_running; }
    /// No call begins any more; those in flight are waited for.
    bool isEnding() const { return m_running && m_end.has_value(); }
    const BatchPlan &plan() const { return m_plan; }
    const BatchRows &rows() const { return m_rows; }
    const CostLedger &ledger() const { return m_ledger; }
    int planned() const { return int(m_plan.calls()); }
    int ended() const { return m_ended; }
    int inFlight() const { return int(m_open.size()); }
    /// Until all have ended, at the pace so far; none where there is no pace yet.
    std::optional<Duration> left() const;
    BatchReport report() const;

signals:
    void rowBegan(int row);
    void rowChanged(int row);
    /// The row has ended.
    void rowEnded(int row);
    void finished(retryscope::BatchEnd end);

private:
    void pump();
    void begin(const CallCost &cost);
    void end(BatchEnd end);
    void onEvents(const Events &events);
    void onEvent(const Event &event, BatchRow *row);
    void onFinished(const CallResult &result);
    void keepAnswer(const CallResult &result, BatchRow *row);

    EngineClient &m_engine;
    Clock &m_clock;
    BatchPlan m_plan;
    PriceList m_prices;
    BatchCosts m_costs;
    CostLedger m_ledger;
    BatchRows m_rows;
    QHash<CallId, int> m_open; ///< calls in flight, with their rows
    TimerHandle m_next;        ///< the spacing
    std::optional<BatchEnd> m_end;
    bool m_running = false;
    int m_ended = 0;
    qint64 m_kept = 0; ///< characters of answers
    SteadyTime m_began{}, m_lastStart{};
    WallTime m_at{};
    Duration m_took{};
};

} // namespace retryscope
