// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchprompts.h"

#include "base/userfiles.h"
#include "protocols/losses.h"
#include "protocols/prompttemplate.h"
#include "protocols/registry.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QStringDecoder>

#include <algorithm>
#include <map>
#include <utility>

namespace retryscope {
namespace {

constexpr int mostTokens = 10'000'000;
constexpr qsizetype longestId = 200, mostNamed = 12;

/// None: the bytes are no UTF-8.
std::optional<QString> decoded(const QByteArray &bytes)
{
    // a cut character at the end is an error
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    return decoder.hasError() ? std::nullopt : std::optional(text);
}

/// What a line gives for {{variables}}: the fields that are no field of a batch, by their names in small letters.
using Values = QHash<QString, QString>;

QString named(const QStringList &names)
{
    QStringList told;
    for (const QString &name : names.mid(0, mostNamed))
        told << (name.isEmpty() ? QStringLiteral("\"\"") : name.left(60));
    return told.join(QStringLiteral(", "));
}

/// Gathers what the lines come to.
struct Gathered
{
    BatchInput input;
    const Prompt &usual;
    QSet<QString> used;              ///< values that took a place, in small letters
    std::map<QString, int> unfilled; ///< variables that nothing was given for, and the first line of each

    bool isFull() const { return input.prompts.size() >= mostBatchPrompts; }
    void say(int line, LineProblem problem, const QString &detail = {})
    {
        input.problems += !isRemark(problem);
        if (input.issues.size() < mostLineIssues)
            input.issues.append({line, problem, detail});
        else
            ++input.moreIssues;
    }
    /// What concerns the file is told before what concerns one line.
    void sayFirst(int line, LineProblem problem, const QString &detail)
    {
        if (input.issues.size() >= mostLineIssues) {
            input.issues.removeLast();
            ++input.moreIssues;
        }
        input.issues.prepend({line, problem, detail});
    }
    void fill(Prompt *prompt, int line, const Values &values)
    {
        QHash<QString, QString> places;
        for (const QString &name : variablesIn({prompt->system, prompt->text})) {
            const auto value = values.find(name.toLower());
            if (value == values.end()) {
                unfilled.emplace(name, line);
                continue;
            }
            places[name] = *value;
            used << value.key();
        }
        prompt->system = filledIn(prompt->system, places);
        prompt->text = filledIn(prompt->text, places);
    }
    void addFilled(BatchPrompt one, const Values &values = {})
    {
        fill(&one.prompt, one.line, values);
        add(std::move(one));
    }
    void add(BatchPrompt one)
    {
        if (one.prompt.text.trimmed().isEmpty() && one.prompt.messages.isEmpty())
            return say(one.line, LineProblem::EmptyPrompt);
        if (one.prompt.maxTokens <= 0)
            one.prompt.maxTokens = usual.maxTokens;
        if (one.prompt.model.isEmpty())
            one.prompt.model = usual.model;
        one.prompt.stream = true; // a first token is wanted of each
        input.prompts.append(std::move(one));
    }
};

/// The fields beside the prompt that JSON and CSV have in common; false where one is wrong, which has been said.
bool takeField(const QString &name, const QJsonValue &value, BatchPrompt *one, Gathered *into)
{
    const auto wrong = [&] {
        into->say(one->line, LineProblem::WrongValue, name);
        return false;
    };
    if (name == QLatin1String("max_tokens")) {
        bool whole = value.isDouble();
        const double n = whole ? value.toDouble() : value.toString().toInt(&whole);
        if (!whole || n < 1 || n > mostTokens || n != double(int(n)))
            return wrong();
        one->prompt.maxTokens = int(n);
        return true;
    }
    if (name == QLatin1String("id") && value.isDouble()) {
        one->id = value.toVariant().toString();
        return true;
    }
    if (!value.isString())
        return wrong();
    const QString text = value.toString();
    if (name == QLatin1String("prompt"))
        one->prompt.text = text;
    else if (name == QLatin1String("system"))
        one->prompt.system = text;
    else if (name == QLatin1String("model"))
        one->prompt.model = text.trimmed();
    else
        one->id = text.left(longestId);
    return true;
}

/// {"prompt": "...", "system", "model", "max_tokens", "id"}
void readPlain(const QJsonObject &object, int line, Gathered *into)
{
    BatchPrompt one{into->usual, {}, line};
    QStringList left;
    Values values;
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (batchFields().contains(it.key())) {
            if (!takeField(it.key(), it.value(), &one, into))
                return;
            continue;
        }
        left << it.key();
        if (!it.value().isObject() && !it.value().isArray() && !it.value().isNull())
            values[it.key().toLower()] = it.value().toVariant().toString();
    }
    const QStringList places = variablesIn({one.prompt.system, one.prompt.text});
    into->addFilled(one, values);
    left.removeIf([&](const QString &name) {
        return values.contains(name.toLower()) && places.contains(name, Qt::CaseInsensitive);
    });
    if (!left.isEmpty())
        into->say(line, LineProblem::UnknownField, named(left));
}

/// The wire that the path of a batch file's line belongs to; without a path, the first.
const Wire *wireAt(const QString &url)
{
    for (const Wire &wire : wires()) {
        if (url.isEmpty() || url.endsWith(QLatin1String(wire.requestPath)))
            return &wire;
    }
    return nullptr;
}

/// A body as it would be posted.
void readBody(const QJsonObject &body, const QString &url, const QString &id, int line, Gathered *into)
{
    const Wire *wire = wireAt(url);
    if (!wire)
        return into->say(line, LineProblem::UnknownPath, url.left(100));
    const auto chat = wire->protocol->readRequest(url.toUtf8(), body);
    if (!chat)
        return into->say(line, LineProblem::NoPrompt);
    BatchPrompt one{*chat, id.left(longestId), line};
    if (one.prompt.system.isEmpty())
        one.prompt.system = into->usual.system;
    QStringList left = unreadFields(wire->kind, url.toUtf8(), body);
    if (std::exchange(one.prompt.choices, 1) > 1) // a line has one answer
        left << QStringLiteral("n");
    into->add(one);
    left.removeAll(QStringLiteral("stream")); // we stream whatever it says
    left.removeIf([](const QString &field) { return field.startsWith(QLatin1String("stream_options")); });
    if (!left.isEmpty())
        into->say(line, LineProblem::NotSent, named(left));
}

void readObject(const QJsonObject &object, int line, Gathered *into)
{
    const QString custom = object[QLatin1String("custom_id")].toString();
    if (object[QLatin1String("body")].isObject())
        return readBody(object[QLatin1String("body")].toObject(), object[QLatin1String("url")].toString(), custom, line,
                        into);
    if (object[QLatin1String("messages")].isArray()) {
        QJsonObject body = object;
        const QString id = body.take(QLatin1String("id")).toString(custom);
        body.remove(QLatin1String("custom_id"));
        return readBody(body, {}, id, line, into);
    }
    if (!object.contains(QLatin1String("prompt")))
        return into->say(line, LineProblem::NoPrompt);
    readPlain(object, line, into);
}

void readJsonLine(const QByteArray &bytes, int line, Gathered *into)
{
    if (bytes.startsWith('[') && bytes.endsWith(']'))
        return into->say(line, LineProblem::JsonList);
    QJsonParseError error;
    const QByteArray wrapped = '[' + bytes + ']'; // a text alone is no document to the parser
    const QJsonArray values = QJsonDocument::fromJson(wrapped, &error).array();
    if (error.error != QJsonParseError::NoError || values.size() != 1)
        return into->say(line, LineProblem::NotJson,
                         error.error == QJsonParseError::NoError ? QString() : error.errorString());
    if (values.first().isString()) {
        BatchPrompt one{into->usual, {}, line};
        one.prompt.text = values.first().toString();
        return into->addFilled(one);
    }
    if (!values.first().isObject())
        return into->say(line, LineProblem::NoPrompt);
    readObject(values.first().toObject(), line, into);
}

/// Each line that is not empty; false where there are too many prompts.
template <typename Each> bool eachLine(const QByteArray &bytes, Gathered *into, Each each)
{
    int number = 0;
    for (qsizetype at = 0; at < bytes.size();) {
        qsizetype end = bytes.indexOf('\n', at);
        end = end < 0 ? bytes.size() : end;
        ++number;
        const QByteArray line = bytes.mid(at, std::min(end - at, longestBatchLine + 1)).trimmed();
        at = end + 1;
        if (line.isEmpty())
            continue;
        if (into->isFull())
            return false;
        if (line.size() > longestBatchLine)
            into->say(number, LineProblem::TooLong);
        else
            each(line, number);
    }
    return true;
}

bool readTextLines(const QByteArray &bytes, Gathered *into)
{
    return eachLine(bytes, into, [into](const QByteArray &line, int number) {
        const auto text = decoded(line);
        if (!text)
            return into->say(number, LineProblem::NotUtf8);
        BatchPrompt one{into->usual, {}, number};
        one.prompt.text = *text;
        into->addFilled(one);
    });
}

QStringList headerOf(const QByteArray &bytes, char separator)
{
    QStringList names;
    for (const QByteArray &field : CsvReader(bytes, separator).next().fields)
        names << QString::fromUtf8(field).trimmed().toLower();
    return names;
}

struct CsvHeader
{
    char separator = ',';
    QStringList names;
};
/// The separator that makes a column "prompt" of it.
std::optional<CsvHeader> csvHeader(const QByteArray &bytes)
{
    for (const char separator : {',', ';', '\t'}) {
        const QStringList names = headerOf(bytes, separator);
        if (names.contains(QStringLiteral("prompt")))
            return CsvHeader{separator, names};
    }
    return std::nullopt;
}

void readRecord(const CsvReader::Record &record, const QStringList &header, Gathered *into)
{
    if (record.problem)
        return into->say(record.line, *record.problem);
    if (record.fields.size() != header.size())
        return into->say(record.line, LineProblem::FieldCount,
                         QStringLiteral("%1 of %2").arg(record.fields.size()).arg(header.size()));
    BatchPrompt one{into->usual, {}, record.line};
    Values values;
    for (qsizetype i = 0; i < header.size(); ++i) {
        const auto text = decoded(record.fields[i]);
        if (!text)
            return into->say(record.line, LineProblem::NotUtf8);
        if (!batchFields().contains(header[i]))
            values[header[i]] = *text;
        else if (!text->isEmpty() && !takeField(header[i], *text, &one, into))
            return;
    }
    into->addFilled(one, values);
}

/// False: too many prompts.
bool readCsv(const QByteArray &bytes, const CsvHeader &header, Gathered *into)
{
    CsvReader reader(bytes, header.separator);
    reader.next();
    while (!reader.atEnd()) {
        const CsvReader::Record record = reader.next();
        if (record.isEmpty())
            continue;
        if (into->isFull())
            return false;
        readRecord(record, header.names, into);
    }
    QStringList unknown = header.names;
    unknown.removeIf([into](const QString &name) { return batchFields().contains(name) || into->used.contains(name); });
    if (!unknown.isEmpty())
        into->sayFirst(1, LineProblem::UnknownColumn, named(unknown));
    return true;
}

} // namespace

const QStringList &batchFields()
{
    static const QStringList fields{QStringLiteral("prompt"), QStringLiteral("system"), QStringLiteral("model"),
                                    QStringLiteral("max_tokens"), QStringLiteral("id")};
    return fields;
}

BatchFormat batchFormatOf(const QString &name, const QByteArray &bytes)
{
    static const std::map<QString, BatchFormat> endings{
        {QStringLiteral("csv"), BatchFormat::Csv},         {QStringLiteral("tsv"), BatchFormat::Csv},
        {QStringLiteral("jsonl"), BatchFormat::JsonLines}, {QStringLiteral("ndjson"), BatchFormat::JsonLines},
        {QStringLiteral("json"), BatchFormat::JsonLines},  {QStringLiteral("txt"), BatchFormat::Lines}};
    if (const auto it = endings.find(QFileInfo(name).suffix().toLower()); it != endings.end())
        return it->second;
    const QByteArray first = bytes.left(longestBatchLine).trimmed().split('\n').value(0).trimmed();
    if (!QJsonDocument::fromJson('[' + first + ']').isNull())
        return BatchFormat::JsonLines;
    return csvHeader(first) ? BatchFormat::Csv : first.startsWith('{') ? BatchFormat::JsonLines : BatchFormat::Lines;
}

Expected<BatchInput, BatchFault> readBatch(const QByteArray &all, BatchFormat format, const Prompt &usual)
{
    static const QByteArray mark("\xEF\xBB\xBF");
    const QByteArray bytes = all.startsWith(mark) ? all.mid(mark.size()) : all;
    if (bytes.startsWith("\xFF\xFE") || bytes.startsWith("\xFE\xFF") || bytes.contains('\0'))
        return Unexpected{BatchFault{InputFault::NotUtf8, {}}};
    if (bytes.trimmed().isEmpty())
        return Unexpected{BatchFault{InputFault::Empty, {}}};
    Gathered gathered{{}, usual};
    bool whole = true;
    if (format == BatchFormat::Csv) {
        const auto header = csvHeader(bytes);
        if (!header)
            return Unexpected{
                BatchFault{InputFault::NoPromptColumn, headerOf(bytes, ',').join(QStringLiteral(", ")).left(200)}};
        whole = readCsv(bytes, *header, &gathered);
    } else if (format == BatchFormat::Lines) {
        whole = readTextLines(bytes, &gathered);
    } else {
        whole = eachLine(bytes, &gathered, [&gathered](const QByteArray &line, int number) {
            if (decoded(line))
                readJsonLine(line, number, &gathered);
            else
                gathered.say(number, LineProblem::NotUtf8);
        });
    }
    if (!whole)
        return Unexpected{BatchFault{InputFault::TooMany, {}}};
    if (gathered.input.prompts.isEmpty() && gathered.input.problems == 0)
        return Unexpected{BatchFault{InputFault::Empty, {}}};
    int told = 0; // the rest is met again when these are mended; what stands in the way must have room
    for (auto it = gathered.unfilled.begin(); it != gathered.unfilled.end() && told < mostNamed; ++it, ++told)
        gathered.sayFirst(it->second, LineProblem::Unfilled, it->first.left(60));
    auto &issues = gathered.input.issues;
    std::stable_sort(issues.begin(), issues.end(),
                     [](const LineIssue &a, const LineIssue &b) { return a.line < b.line; });
    return gathered.input;
}

Expected<BatchInput, BatchFault> readBatchFile(const QString &path, const Prompt &usual)
{
    const auto bytes = readRegularFile(path, largestBatchFile);
    if (!bytes)
        return Unexpected{BatchFault{InputFault::Unreadable, bytes.error()}};
    return readBatch(*bytes, batchFormatOf(path, *bytes), usual);
}

} // namespace retryscope
