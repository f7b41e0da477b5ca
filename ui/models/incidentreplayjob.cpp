// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/incidentreplayjob.h"

#include "models/aside.h"
#include "replay/incidenthistory.h"
#include "words/incidentreplaywords.h"

namespace retryscope {
namespace {

int placeOf(const std::optional<PastIncident> &wanted, const PastIncidents &incidents)
{
    const auto at = std::find_if(incidents.begin(), incidents.end(),
                                 [&](const PastIncident &one) { return wanted && isSameIncident(one, *wanted); });
    return at == incidents.end() ? 0 : int(at - incidents.begin());
}

} // namespace

bool isSameIncident(const PastIncident &a, const PastIncident &b)
{
    return a.run == b.run && a.incident.provider == b.incident.provider && a.incident.started == b.incident.started
           && a.incident.simulated == b.incident.simulated;
}

IncidentReplayJob::~IncidentReplayJob() { IncidentReplayJob::stop(); }

/// Reading may wait for a server, and nobody who closes the window is to wait with it: it knows nothing of this job,
/// which takes what comes of it if it is still wanted.
void IncidentReplayJob::start(const Question &question)
{
    stop();
    Reading known;
    if (m_found && !m_forgotten && m_problem.isEmpty() && question.history == m_question.history
        && question.search.kind == m_question.search.kind) {
        known.found = m_found;
        known.which = placeOf(question.wanted, m_found->incidents);
        if (m_record && isSameIncident(m_record->of, m_found->incidents[known.which]))
            known.record = m_record;
    }
    m_question = question;
    m_result.reset();
    m_assumed.reset();
    if (known.record)
        return beginPlaying();
    m_reading = std::make_shared<std::atomic_bool>(false);
    const auto then = [this, stop = m_reading](const Reading &reading) {
        if (stop == m_reading)
            take(reading);
    };
    aside(
        this, [question, known, stop = m_reading] { return read(question, known, stop); }, then);
}

void IncidentReplayJob::stop()
{
    if (m_reading)
        *m_reading = true;
    m_reading.reset();
    BackgroundJob::stop();
}

void IncidentReplayJob::forget()
{
    stop();
    m_forgotten = true;
}

void IncidentReplayJob::take(const Reading &reading)
{
    m_reading.reset();
    m_found = reading.found;
    m_which = reading.which;
    m_record = reading.record;
    m_problem = reading.problem;
    m_failed = reading.failed;
    m_forgotten = false;
    if (m_problem.isEmpty())
        beginPlaying();
    emit readDone();
    if (!m_problem.isEmpty())
        emit finished();
}

/// On another thread, over a connection of its own.
IncidentReplayJob::Reading IncidentReplayJob::read(const Question &question, Reading known, const Stop &stop)
{
    const auto over = [stop] { return bool(*stop); };
    IncidentHistory past;
    switch (past.open(question.history)) {
    case IncidentHistory::Opening::Opened: break;
    case IncidentHistory::Opening::Off: return nothing(std::move(known), historyOffText());
    case IncidentHistory::Opening::None: return nothing(std::move(known), noHistoryText());
    case IncidentHistory::Opening::Failed: return failed(std::move(known), past.problem());
    }
    if (!known.found)
        known.found = std::make_shared<const FoundIncidents>(past.find(question.search, over));
    if (!known.found->problem.isEmpty())
        return failed(known, known.found->problem);
    if (known.found->stopped || known.found->incidents.isEmpty())
        return nothing(known, noIncidentText(*known.found, question.search));
    known.which = placeOf(question.wanted, known.found->incidents);
    known.record = std::make_shared<const IncidentRecord>(past.read(known.found->incidents[known.which], over));
    return known.record->problem.isEmpty() ? nothing(known, noCallsText(*known.record))
                                           : failed(known, known.record->problem);
}

/// Where there is something after all, `why` is empty.
IncidentReplayJob::Reading IncidentReplayJob::nothing(Reading reading, const QString &why)
{
    reading.problem = why;
    return reading;
}

IncidentReplayJob::Reading IncidentReplayJob::failed(Reading reading, const QString &why)
{
    reading.problem = why.section(QStringLiteral(" Calls go on"), 0, 0); // who only looks makes no calls
    reading.failed = true;
    return reading;
}

void IncidentReplayJob::beginPlaying()
{
    begin([this, question = m_question, record = m_record](const Line &line) { play(question, *record, line); });
}

/// On another thread.
void IncidentReplayJob::play(const Question &question, const IncidentRecord &record, const Line &line)
{
    RecordStudy study(record.record, question.policies, question.seed);
    for (int next = firstReplications; study.played() < question.replications;) {
        if (!study.playNext([&line] { return line.isOver(); }))
            return;
        line.progress(double(study.played()) / question.replications);
        const bool all = study.played() == question.replications;
        if (!all && study.played() < next)
            continue;
        next *= 2;
        const auto improve = [this, result = std::make_shared<const StudyResult>(study.result()),
                              assumed = study.replayOf(0).assumed] {
            m_result = result;
            m_assumed = assumed;
            emit improved();
        };
        if (all)
            line.finish(improve);
        else
            line.tell(improve);
    }
}

} // namespace retryscope
