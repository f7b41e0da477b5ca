// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/backgroundjob.h"
#include "replay/pastincidents.h"
#include "replay/replay.h"

namespace retryscope {

/// Of one program, with one beginning. What an open incident goes on to count does not make it another one.
bool isSameIncident(const PastIncident &a, const PastIncident &b);

/// Looks for the incidents of a history and plays one of them again beside the window: a few replications first and then
/// more, so that there is soon something to show. What has been read is not read again for another draft.
class IncidentReplayJob : public BackgroundJob
{
    Q_OBJECT
public:
    static constexpr int firstReplications = 2;

    /// | field    | what                                                                              |
    /// | history  | the configuration's line: where it is                                             |
    /// | wanted   | the incident that is played; without one, or where it is not on record, the last  |
    /// | policies | what it is played with, at least one; the first is compared with the others       |
    struct Question
    {
        QString history;
        IncidentSearch search;
        std::optional<PastIncident> wanted;
        QVector<SimulatedPolicy> policies;
        int replications = 20;
        quint64 seed = 1;
    };
    explicit IncidentReplayJob(QObject *parent = nullptr) : BackgroundJob(parent) {}
    ~IncidentReplayJob() override;
    void start(const Question &question);
    void stop() override;
    bool isRunning() const override { return isReading() || BackgroundJob::isRunning(); }
    bool isReading() const { return m_reading != nullptr; }
    /// The next start reads again; until then what has been read stays.
    void forget();
    const Question &question() const { return m_question; }

    /// What the history holds; null until it has been read.
    std::shared_ptr<const FoundIncidents> found() const { return m_found; }
    /// The place in found() of the one that is played.
    int which() const { return m_which; }
    /// The one that is played; null until it has been read, and where there is none.
    std::shared_ptr<const IncidentRecord> record() const { return m_record; }
    /// Why there is nothing to play; a sentence.
    QString problem() const { return m_problem; }
    /// problem() says that something could not be read, not that there is nothing.
    bool hasFailed() const { return m_failed; }
    /// Of question(); null until something has been played.
    std::shared_ptr<const StudyResult> result() const { return m_result; }
    int played() const { return m_result ? int(m_result->values.front().size()) : 0; }
    /// See Replay, of the first policy.
    std::optional<Estimate> assumed() const { return m_assumed; }

signals:
    /// found(), record() and problem() are new.
    void readDone();
    /// result() is of more replications than before.
    void improved();

private:
    struct Reading
    {
        std::shared_ptr<const FoundIncidents> found;
        int which = 0;
        std::shared_ptr<const IncidentRecord> record;
        QString problem;
        bool failed = false;
    };
    static Reading read(const Question &question, Reading known, const Stop &stop);
    static Reading nothing(Reading reading, const QString &why);
    static Reading failed(Reading reading, const QString &why);
    void take(const Reading &reading);
    void beginPlaying();
    void play(const Question &question, const IncidentRecord &record, const Line &line);

    Question m_question;
    Stop m_reading; ///< of the reading that is waited for; null: none
    std::shared_ptr<const FoundIncidents> m_found;
    int m_which = 0;
    std::shared_ptr<const IncidentRecord> m_record;
    QString m_problem;
    bool m_failed = false, m_forgotten = false;
    std::shared_ptr<const StudyResult> m_result;
    std::optional<Estimate> m_assumed;
};

} // namespace retryscope
