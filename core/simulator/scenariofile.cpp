// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenariofile.h"

#include "base/coreresources.h"
#include "simulator/scenariofields.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <cmath>

namespace retryscope {
namespace {

constexpr double week = 7 * 86'400.0, million = 1e6;
constexpr int mostPlaces = 32;

constexpr WordOf<Workload::Kind> kinds[] = {{Workload::Kind::Poisson, "poisson"}, {Workload::Kind::Renewal, "renewal"},
                                            {Workload::Kind::OnOff, "on_off"},    {Workload::Kind::Diurnal, "diurnal"},
                                            {Workload::Kind::Agents, "agents"},   {Workload::Kind::Trace, "trace"}};
constexpr WordOf<HintModel> hints[] = {{HintModel::Truthful, "truthful"},
                                       {HintModel::Missing, "missing"},
                                       {HintModel::TooShort, "too_short"},
                                       {HintModel::Absurd, "absurd"}};
constexpr WordOf<FaultMode> modes[] = {{FaultMode::Refused, "refused"},
                                       {FaultMode::Hang, "hang"},
                                       {FaultMode::ServerError, "server_error"},
                                       {FaultMode::Overloaded, "overloaded"},
                                       {FaultMode::RateLimit, "rate_limit"},
                                       {FaultMode::QuotaExhausted, "quota_exhausted"},
                                       {FaultMode::KeyRevoked, "key_revoked"},
                                       {FaultMode::ModelGone, "model_gone"},
                                       {FaultMode::Slow, "slow"},
                                       {FaultMode::StreamCut, "stream_cut"},
                                       {FaultMode::Malformed, "malformed"},
                                       {FaultMode::Stall, "stall"}};

// Each of these says the fields of one object once, for reading and for writing.
template <typename Io, typename Model>
void fieldsOf(Io &io, Model &workload) requires std::is_same_v<std::remove_const_t<Model>, Workload>
{
    io.choice("kind", workload.kind, kinds);
    io.number("per_second", workload.perSecond, 1e-6, 1e5);
    io.number("cv", workload.cv, 0.05, 100);
    io.seconds("on_s", workload.on, 0.1, week);
    io.seconds("off_s", workload.off, 0, week);
    io.integer("agents", workload.agents, 1, 100'000);
    io.seconds("think_s", workload.think, 0, week);
    io.integer("calls_a_task", workload.taskCalls, 1, 10'000);
    io.number("prompt_median", workload.promptMedian, 1, 10 * million);
    io.number("prompt_spread", workload.promptSpread, 0, 5);
    io.number("answer_median", workload.answerMedian, 1, million);
    io.number("answer_spread", workload.answerSpread, 0, 5);
}

template <typename Io, typename Model>
void fieldsOf(Io &io, Model &latency) requires std::is_same_v<std::remove_const_t<Model>, LatencyModel>
{
    io.seconds("first_token_s", latency.firstToken, 0, 3'600);
    io.number("spread", latency.spread, 0, 5);
    io.number("tail_share", latency.tailShare, 0, 1);
    io.seconds("tail_s", latency.tail, 0, 3'600);
    io.number("tokens_per_second", latency.tokensPerSecond, 0.1, million);
}

template <typename Io, typename Model>
void fieldsOf(Io &io, Model &quota) requires std::is_same_v<std::remove_const_t<Model>, QuotaModel>
{
    io.number("requests_per_minute", quota.requestsPerMinute, 0, 1e9);
    io.number("tokens_per_minute", quota.tokensPerMinute, 0, 1e12);
    io.seconds("burst_s", quota.burst, 0.001, week);
    io.flag("fixed_window", quota.fixedWindow);
    io.flag("failures_count", quota.failuresCount);
    io.flag("headers", quota.headers);
    io.choice("hint", quota.hint, hints);
    io.number("others_per_second", quota.othersPerSecond, 0, 1e6);
    io.number("others_tokens", quota.othersTokens, 0, million);
}

template <typename Io, typename Model>
void fieldsOf(Io &io, Model &capacity) requires std::is_same_v<std::remove_const_t<Model>, CapacityModel>
{
    io.integer("machines", capacity.machines, 0, 1'000'000);
    io.seconds("service_s", capacity.service, 0, 3'600);
    io.integer("longest_queue", capacity.longestQueue, 0, 10'000'000);
    io.flag("works_on_for_nobody", capacity.worksOnForNobody);
}

template <typename Io, typename Model>
void fieldsOf(Io &io, Model &fault) requires std::is_same_v<std::remove_const_t<Model>, FaultSpan>
{
    io.choice("mode", fault.mode, modes);
    io.seconds("from_s", fault.from, 0, week);
    io.seconds("length_s", fault.length, 0, week);
    io.number("share", fault.share, 0, 1);
    io.number("factor", fault.factor, 0.01, 1'000);
}

template <typename Part>
void read(const QJsonValue &value, const QString &where, Part &part, ConfigIssues *issues,
          const QStringList &others = {})
{
    if (value.isUndefined())
        return;
    if (!value.isObject())
        issues->append({where, QStringLiteral("Must be an object."), ConfigIssue::Severity::Error});
    const QJsonObject object = value.toObject();
    FieldReader reader(object, where, issues);
    fieldsOf(reader, part);
    reader.done(others);
}

template <typename Part> QJsonObject written(const Part &part)
{
    FieldWriter writer;
    fieldsOf(writer, part);
    return writer.object();
}

ProviderModel readProvider(const QJsonValue &value, const QString &where, ConfigIssues *issues)
{
    ProviderModel m;
    if (!value.isObject()) {
        issues->append({where, QStringLiteral("Must be an object."), ConfigIssue::Severity::Error});
        return m;
    }
    const QJsonObject object = value.toObject();
    FieldReader reader(object, where, issues);
    reader.number("failure_share", m.failureShare, 0, 1);
    reader.number("cut_per_token", m.cutPerToken, 0, 0.5);
    reader.done({QStringLiteral("latency"), QStringLiteral("quota"), QStringLiteral("capacity")});
    read(object.value(QLatin1String("latency")), where + QStringLiteral(".latency"), m.latency, issues);
    read(object.value(QLatin1String("quota")), where + QStringLiteral(".quota"), m.quota, issues);
    read(object.value(QLatin1String("capacity")), where + QStringLiteral(".capacity"), m.capacity, issues);
    return m;
}

/// The places that a fault is for, from 0; empty: all.
QVector<int> placesOf(const QJsonValue &value, const QString &where, ConfigIssues *issues)
{
    QVector<int> places;
    const auto wrong = [&] {
        issues->append(
            {where + QStringLiteral(".places"),
             QStringLiteral("Must be a list of places in the chain, from 1 to %1, such as [1].").arg(mostPlaces),
             ConfigIssue::Severity::Error});
    };
    if (value.isUndefined())
        return places;
    if (!value.isArray() || value.toArray().isEmpty())
        wrong();
    for (const QJsonValue &place : value.toArray()) {
        const int number = place.toInt();
        if (number < 1 || number > mostPlaces)
            wrong();
        else
            places.append(number - 1);
    }
    return places;
}

void readFaults(const QJsonValue &value, Scenario *s, ConfigIssues *issues)
{
    if (!value.isUndefined() && !value.isArray())
        issues->append({QStringLiteral("faults"), QStringLiteral("Must be a list."), ConfigIssue::Severity::Error});
    const QJsonArray faults = value.toArray();
    std::vector<std::pair<FaultSpan, QVector<int>>> spans;
    for (qsizetype i = 0; i < faults.size(); ++i) {
        const QString where = QStringLiteral("faults[%1]").arg(i);
        FaultSpan fault;
        read(faults[i], where, fault, issues, {QStringLiteral("places")});
        if (fault.from >= s->length)
            issues->append(
                {where + QStringLiteral(".from_s"),
                 QStringLiteral("The day is over after %1 s, so this fault never comes. Let it begin earlier, or "
                                "raise length_s.")
                     .arg(toSeconds(s->length)),
                 ConfigIssue::Severity::Warning});
        const QVector<int> places = placesOf(faults[i].toObject().value(QLatin1String("places")), where, issues);
        for (const int place : places) { // the places behind it stay as they are
            while (s->models.size() <= place + 1)
                s->models.append(s->models.last());
        }
        spans.emplace_back(fault, places);
    }
    for (const auto &[fault, places] : spans) {
        for (int place = 0; place < int(s->models.size()); ++place) {
            if (places.isEmpty() || places.contains(place))
                s->models[place].faults.append(fault);
        }
    }
}

/// About how many calls it makes.
double callsOf(const Scenario &s)
{
    const Workload &w = s.workload;
    if (w.kind != Workload::Kind::Agents)
        return w.kind == Workload::Kind::Trace ? 0.0 : w.perSecond * toSeconds(s.length);
    constexpr double quickest = 0.01; // s, of a call that fails at once; the run itself counts, too
    return double(w.agents) * w.taskCalls * toSeconds(s.length) / std::max(quickest, toSeconds(w.think));
}

/// "2023-11-16 18:15:46.6805900", with T, Z or an offset as well, since 1970. Seven digits of a second are more than
/// QDateTime reads, so the fraction is read by itself.
std::optional<Duration> timeOf(QByteArray stamp)
{
    QByteArray fraction;
    if (const qsizetype dot = stamp.indexOf('.'); dot >= 0) {
        qsizetype end = dot + 1;
        while (end < stamp.size() && stamp[end] >= '0' && stamp[end] <= '9')
            ++end;
        fraction = stamp.mid(dot, end - dot);
        stamp.remove(dot, end - dot);
    }
    QDateTime at =
        QDateTime::fromString(QString::fromLatin1(stamp).replace(QLatin1Char(' '), QLatin1Char('T')), Qt::ISODate);
    if (at.timeSpec() == Qt::LocalTime)
        at.setTimeSpec(Qt::UTC);
    const int year = at.date().year(); // nanoseconds since 1970 have to be told apart
    if (!at.isValid() || fraction == "." || year < 1970 || year > 2200)
        return std::nullopt;
    return std::chrono::milliseconds(at.toMSecsSinceEpoch())
           + fromSeconds(fraction.isEmpty() ? 0.0 : ("0" + fraction).toDouble());
}

} // namespace

QString toKey(FaultMode mode)
{
    for (const auto &w : modes) {
        if (w.value == mode)
            return QLatin1String(w.word);
    }
    return {};
}

LoadedScenario scenarioFromJson(const QByteArray &json, const QString &unnamed)
{
    LoadedScenario loaded;
    Scenario &s = loaded.scenario;
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (!document.isObject()) {
        const QString why =
            error.error == QJsonParseError::NoError ? QStringLiteral("it must be one JSON object")
            : json.trimmed().isEmpty()
                ? QStringLiteral("it is empty")
                : QStringLiteral("it is not valid JSON (%1 at byte %2)").arg(error.errorString()).arg(error.offset);
        loaded.issues.append({{},
                              QStringLiteral("This is no scenario: %1. Choose another file, or save one on the What-if "
                                             "page and go on from it.")
                                  .arg(why),
                              ConfigIssue::Severity::Error});
        return loaded;
    }
    const QJsonObject object = document.object();
    s.name = object.value(QLatin1String("name")).toString().left(200);
    if (s.name.isEmpty())
        s.name = unnamed;
    s.about = object.value(QLatin1String("about")).toString().left(2'000);
    FieldReader reader(object, {}, &loaded.issues);
    reader.seconds("length_s", s.length, 1, week);
    reader.done({QStringLiteral("name"), QStringLiteral("about"), QStringLiteral("workload"),
                 QStringLiteral("providers"), QStringLiteral("faults"), QStringLiteral("schema")});
    read(object.value(QLatin1String("workload")), QStringLiteral("workload"), s.workload, &loaded.issues);
    const QJsonValue providers = object.value(QLatin1String("providers"));
    if (!providers.isUndefined() && (!providers.isArray() || providers.toArray().size() > mostPlaces))
        loaded.issues.append({QStringLiteral("providers"),
                              QStringLiteral("Must be a list of at most %1.").arg(mostPlaces),
                              ConfigIssue::Severity::Error});
    const QJsonArray places = providers.toArray();
    for (qsizetype i = 0; i < std::min<qsizetype>(places.size(), mostPlaces); ++i)
        s.models.append(readProvider(places[i], QStringLiteral("providers[%1]").arg(i), &loaded.issues));
    if (s.models.isEmpty())
        s.models.append(ProviderModel{});
    readFaults(object.value(QLatin1String("faults")), &s, &loaded.issues);
    if (!hasErrors(loaded.issues) && callsOf(s) > double(mostPlayedCalls))
        loaded.issues.append(
            {QStringLiteral("workload"),
             QStringLiteral("Makes about %1 million calls; at most %2 million can be played. Lower the "
                            "rate, or the length.")
                 .arg(callsOf(s) / million, 0, 'f', 0)
                 .arg(double(mostPlayedCalls) / million),
             ConfigIssue::Severity::Error});
    return loaded;
}

namespace {

/// The places of a fault as a file names them; empty: all. A fault of the last model is one of all further places, too.
QJsonArray namedPlaces(const QVector<qsizetype> &places, qsizetype models)
{
    QJsonArray named;
    if (places.size() == models)
        return named;
    for (const qsizetype place : places)
        named.append(place + 1);
    if (places.contains(models - 1)) {
        for (qsizetype further = models + 1; further <= mostPlaces; ++further)
            named.append(further);
    }
    return named;
}

/// What is left to be written of each place's faults.
struct LeftFaults
{
    const QVector<ProviderModel> &models;
    QVector<qsizetype> next;
    const FaultSpan *head(qsizetype place) const
    {
        const QVector<FaultSpan> &faults = models[place].faults;
        return next[place] < faults.size() ? &faults[next[place]] : nullptr;
    }
    /// The places where it comes next.
    QVector<qsizetype> placesOf(const FaultSpan &fault) const
    {
        QVector<qsizetype> places;
        for (qsizetype place = 0; place < models.size(); ++place) {
            if (head(place) && *head(place) == fault)
                places.append(place);
        }
        return places;
    }
    /// Some place has it behind another one.
    bool comesLater(const FaultSpan &fault) const
    {
        for (qsizetype place = 0; place < models.size(); ++place) {
            if (head(place) && *head(place) != fault && models[place].faults.indexOf(fault, next[place]) > 0)
                return true;
        }
        return false;
    }
    /// One that all its places have next, where there is one; none: all are written.
    const FaultSpan *choose() const
    {
        const FaultSpan *first = nullptr;
        for (qsizetype place = 0; place < models.size(); ++place) {
            const FaultSpan *fault = head(place);
            if (fault && !comesLater(*fault))
                return fault;
            first = first ? first : fault;
        }
        return first;
    }
};

/// Equal faults of several places are one; each place keeps the order of its own, which decides what an attempt meets.
QJsonArray writtenFaults(const QVector<ProviderModel> &models)
{
    QJsonArray faults;
    LeftFaults left{models, QVector<qsizetype>(models.size(), 0)};
    while (const FaultSpan *fault = left.choose()) {
        const QVector<qsizetype> places = left.placesOf(*fault);
        QJsonObject object = written(*fault);
        if (const QJsonArray named = namedPlaces(places, models.size()); !named.isEmpty())
            object[QStringLiteral("places")] = named;
        faults.append(object);
        for (const qsizetype place : places)
            ++left.next[place];
    }
    return faults;
}

} // namespace

QByteArray toJson(const Scenario &scenario)
{
    QJsonArray providers;
    for (const ProviderModel &m : scenario.models.mid(0, mostPlaces))
        providers.append(QJsonObject{{QStringLiteral("failure_share"), m.failureShare},
                                     {QStringLiteral("cut_per_token"), m.cutPerToken},
                                     {QStringLiteral("latency"), written(m.latency)},
                                     {QStringLiteral("quota"), written(m.quota)},
                                     {QStringLiteral("capacity"), written(m.capacity)}});
    return QJsonDocument(QJsonObject{{QStringLiteral("name"), scenario.name},
                                     {QStringLiteral("about"), scenario.about},
                                     {QStringLiteral("length_s"), toSeconds(scenario.length)},
                                     {QStringLiteral("workload"), written(scenario.workload)},
                                     {QStringLiteral("providers"), providers},
                                     {QStringLiteral("faults"), writtenFaults(scenario.models)}})
        .toJson();
}

namespace {

/// Where a trace has what.
struct TraceColumns
{
    qsizetype at = 0, prompt = 1, answer = 2;
};

std::optional<TraceRow> traceRowOf(const QByteArrayList &cells, const TraceColumns &columns)
{
    const auto at = timeOf(cells.value(columns.at).trimmed());
    bool promptOk = false, answerOk = false;
    TraceRow row;
    row.promptTokens = cells.value(columns.prompt).trimmed().toLongLong(&promptOk);
    row.answerTokens = cells.value(columns.answer).trimmed().toLongLong(&answerOk);
    if (!at || !promptOk || !answerOk || row.promptTokens < 0 || row.answerTokens < 0)
        return std::nullopt;
    row.at = *at;
    return row;
}

/// By their names, in any order and among others; a first line that has none of them is some other headline over the usual
/// order. None: some of them are missing.
std::optional<TraceColumns> traceColumnsOf(const QByteArrayList &head)
{
    TraceColumns columns{-1, -1, -1};
    for (qsizetype i = 0; i < head.size(); ++i) {
        const QByteArray name = head[i].trimmed().toLower();
        if (name == "timestamp")
            columns.at = i;
        else if (name == "contexttokens")
            columns.prompt = i;
        else if (name == "generatedtokens")
            columns.answer = i;
    }
    const int named = (columns.at >= 0) + (columns.prompt >= 0) + (columns.answer >= 0);
    if (named == 0)
        return TraceColumns();
    return named == 3 ? std::optional(columns) : std::nullopt;
}

} // namespace

Expected<QVector<TraceRow>, QString> traceFromCsv(const QByteArray &csv)
{
    QVector<TraceRow> rows;
    TraceColumns columns;
    qint64 lineNumber = 0;
    for (const QByteArray &line : csv.split('\n')) {
        QByteArrayList cells = line.trimmed().split(',');
        if (++lineNumber == 1) {
            if (cells.first().startsWith("\xef\xbb\xbf")) // as spreadsheets begin
                cells.first().remove(0, 3);
            if (traceRowOf(cells, columns))
                return Unexpected{
                    QStringLiteral("The first line of the trace is a row already. Put the names of its columns "
                                   "above it: TIMESTAMP,ContextTokens,GeneratedTokens.")};
            const auto named = traceColumnsOf(cells);
            if (!named && csv.indexOf('\n') >= 0)
                return Unexpected{QStringLiteral("The first line of the trace names not all of the columns TIMESTAMP, "
                                                 "ContextTokens and GeneratedTokens. Name all three of them.")};
            columns = named.value_or(columns);
            continue;
        }
        if (line.trimmed().isEmpty())
            continue;
        const auto row = traceRowOf(cells, columns);
        if (!row)
            return Unexpected{
                QStringLiteral("Line %1 of the trace is no row of TIMESTAMP,ContextTokens,GeneratedTokens, such as "
                               "2023-11-16 18:15:46.6805900,374,44.")
                    .arg(lineNumber)};
        rows.append(*row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const TraceRow &a, const TraceRow &b) { return a.at < b.at; });
    if (rows.isEmpty())
        return Unexpected{QStringLiteral(
            "The trace has no rows of TIMESTAMP,ContextTokens,GeneratedTokens below its first line. Choose another file.")};
    const Duration start = rows.first().at;
    if (toSeconds(rows.last().at - start) > week)
        return Unexpected{
            QStringLiteral("The trace is %1 days long; at most 7 can be played. Cut it, and look for rows whose "
                           "time is wrong.")
                .arg(toSeconds(rows.last().at - start) / 86'400.0, 0, 'f', 1)};
    for (TraceRow &row : rows)
        row.at -= start;
    return rows;
}

QStringList scenarioNames()
{
    loadCoreResources();
    QStringList names;
    for (const QString &file : QDir(QStringLiteral(":/retryscope/scenarios")).entryList({QStringLiteral("*.json")}))
        names << file.chopped(5);
    return names;
}

std::optional<Scenario> namedScenario(const QString &name)
{
    QFile file(QStringLiteral(":/retryscope/scenarios/%1.json").arg(name));
    if (!scenarioNames().contains(name) || !file.open(QIODevice::ReadOnly))
        return std::nullopt;
    return scenarioFromJson(file.readAll()).scenario;
}

void FieldReader::done(const QStringList &others)
{
    for (const QString &key : m_object.keys()) {
        if (!m_asked.contains(key) && !others.contains(key))
            m_issues->append({m_where.isEmpty() ? key : m_where + QLatin1Char('.') + key,
                              QStringLiteral("Unknown key; it has no effect. Check the spelling."),
                              ConfigIssue::Severity::Warning});
    }
}

QJsonValue FieldReader::take(const char *key)
{
    m_asked.insert(QLatin1String(key));
    return m_object.value(QLatin1String(key));
}

void FieldReader::wrong(const char *key, const QString &message)
{
    const QString name = QLatin1String(key);
    m_issues->append(
        {m_where.isEmpty() ? name : m_where + QLatin1Char('.') + name, message, ConfigIssue::Severity::Error});
}

void FieldReader::number(const char *key, double &value, double least, double most)
{
    const QJsonValue given = take(key);
    if (given.isUndefined())
        return;
    const double number = given.toDouble(std::nan(""));
    if (!(number >= least && number <= most))
        return wrong(key, QStringLiteral("Must be a number from %1 to %2.").arg(least).arg(most));
    value = number;
}

void FieldReader::integer(const char *key, int &value, int least, int most)
{
    double number = value;
    this->number(key, number, least, most);
    if (number != std::floor(number))
        return wrong(key, QStringLiteral("Must be a whole number."));
    value = int(number);
}

void FieldReader::seconds(const char *key, Duration &value, double least, double most)
{
    double number = toSeconds(value);
    this->number(key, number, least, most);
    value = fromSeconds(number);
}

void FieldReader::flag(const char *key, bool &value)
{
    const QJsonValue given = take(key);
    if (given.isUndefined())
        return;
    if (!given.isBool())
        return wrong(key, QStringLiteral("Must be true or false."));
    value = given.toBool();
}

int FieldReader::indexOf(const char *key, const QStringList &words)
{
    const QJsonValue given = take(key);
    if (given.isUndefined())
        return -1;
    const int at = int(words.indexOf(given.toString()));
    if (at < 0)
        wrong(key, QStringLiteral("Must be one of %1.").arg(words.join(QStringLiteral(", "))));
    return at;
}

} // namespace retryscope
