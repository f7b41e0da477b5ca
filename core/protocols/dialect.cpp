// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/dialect.h"

#include "protocols/rawjson.h"
#include "protocols/wireformats.h"

#include <QJsonDocument>
#include <QUrlQuery>

#include <algorithm>
#include <array>

namespace retryscope {
namespace {

/// Which of the wires' paths an address may be, looked at in this order.
struct PathRow
{
    const char *begins, *holds; ///< empty: whatever it begins with, or holds
    const char *header;         ///< that the request must have; empty: any
    ProtocolKind words;
};
constexpr PathRow pathRows[] = {
    {"/v1beta", "", "", ProtocolKind::GoogleAi},
    {"/upload/v1beta/", "", "", ProtocolKind::GoogleAi},
    {"/v1alpha/", "", "", ProtocolKind::GoogleAi},
    {"", ":generateContent", "", ProtocolKind::GoogleAi},
    {"", ":streamGenerateContent", "", ProtocolKind::GoogleAi},
    {"", ":countTokens", "", ProtocolKind::GoogleAi},
    {"/v1/messages", "", "", ProtocolKind::Anthropic},
    {"/v1/responses", "", "", ProtocolKind::OpenAiResponses},
    {"/responses", "", "", ProtocolKind::OpenAiResponses},
    {"/v1/chat/completions", "", "", ProtocolKind::OpenAi},
    {"/v1/", "", "anthropic-version", ProtocolKind::Anthropic},
    {"/v1/", "", "x-goog-api-key", ProtocolKind::GoogleAi},
    {"/v1/", "", "", ProtocolKind::OpenAi},
    {"/chat/completions", "", "", ProtocolKind::OpenAi},
    {"/models", "", "", ProtocolKind::OpenAi},
    {"/embeddings", "", "", ProtocolKind::OpenAi},
};

bool fits(const PathRow &row, const QByteArray &path, const HttpHeaders &headers)
{
    return path.startsWith(row.begins) && path.contains(row.holds)
           && (!*row.header || !headerValue(headers, row.header).isEmpty());
}

/// Mistral's paths are OpenAI's; its clients say who they are.
bool isMistralClient(const HttpHeaders &headers)
{
    return headerValue(headers, "user-agent").toLower().startsWith("mistral");
}

std::optional<ProtocolKind> wordsOf(QByteArray *path, const HttpHeaders &headers)
{
    const qsizetype second = path->indexOf('/', 1);
    const QByteArray first = path->mid(1, (second < 0 ? path->size() : second) - 1);
    const Wire *named = wireFromKey(QString::fromLatin1(first));
    if (named) {
        *path = second < 0 ? QByteArray("/") : path->mid(second);
        const bool responses = named->kind == ProtocolKind::OpenAi && path->contains("/responses");
        return responses ? ProtocolKind::OpenAiResponses : named->kind;
    }
    for (const PathRow &row : pathRows) {
        if (fits(row, *path, headers))
            return row.words == ProtocolKind::OpenAi && isMistralClient(headers) ? ProtocolKind::Mistral : row.words;
    }
    return std::nullopt;
}

/// Google takes files at addresses of their own, which have this before the version.
const QByteArray uploads = QByteArrayLiteral("/upload");
const QByteArray alpha = QByteArrayLiteral("/v1alpha");

/// The rest of the path behind the version that our base URL for this wire has; some clients leave the version out. That of an
/// upload keeps what tells it.
QByteArray belowServed(const Wire &wire, const QByteArray &path)
{
    const QByteArray served = wire.servedPath;
    if (wire.kind == ProtocolKind::GoogleAi && path.startsWith(uploads + served + '/'))
        return uploads + path.mid(uploads.size() + served.size());
    if (!served.isEmpty() && path.startsWith(served + '/'))
        return path.mid(served.size());
    if (wire.kind == ProtocolKind::GoogleAi && path.startsWith("/v1/"))
        return path.mid(3);
    return path;
}

/// Where the model stands in a path such as /models/NAME, or at Google /models/NAME:verb, which is posted, or
/// /models/NAME/operations/ID: begin and length; 0 long where it names none. Names have colons and slashes, too.
std::pair<qsizetype, qsizetype> modelPlace(ProtocolKind words, const QByteArray &method, const QByteArray &path)
{
    qsizetype begin = 0;
    for (const QByteArrayView before : {"/models/", "/tunedModels/"}) {
        if (const qsizetype at = path.lastIndexOf(before); at >= 0)
            begin = at + before.size();
    }
    if (begin == 0)
        return {0, 0};
    for (const QByteArrayView below : {"/operations", "/permissions"}) {
        const qsizetype at = path.indexOf(below, begin);
        const qsizetype end = at + below.size();
        if (words == ProtocolKind::GoogleAi && at > begin && (end == path.size() || path[end] == '/' || path[end] == ':'))
            return {begin, at - begin};
    }
    const qsizetype colon = words == ProtocolKind::GoogleAi && method == "POST" ? path.lastIndexOf(':') : -1;
    return {begin, (colon < begin ? path.size() : colon) - begin};
}

QString modelIn(ProtocolKind words, const QByteArray &method, const QByteArray &path)
{
    const auto [begin, length] = modelPlace(words, method, path);
    return QString::fromUtf8(QByteArray::fromPercentEncoding(path.mid(begin, length)));
}

/// An operation or a permission of a model.
bool isBelowModel(ProtocolKind words, const QByteArray &path)
{
    const auto [begin, length] = modelPlace(words, "GET", path);
    return length > 0 && begin + length < path.size();
}

ServedAction actionAt(ProtocolKind words, const QByteArray &method, const QByteArray &path)
{
    if (words == ProtocolKind::OpenAiResponses && !path.endsWith("/responses"))
        return ServedAction::None; // an earlier answer, its items, its cancellation
    if (isBelowModel(words, path))
        return ServedAction::None;
    return wireOf(words).serving->at(path).action(method == "HEAD" ? QByteArray("GET") : method, path);
}

/// Where prompts are posted, OpenAI lists the answers that it has stored; only it does.
bool listsAnswers(ProtocolKind words, const QByteArray &path)
{
    return (words == ProtocolKind::OpenAi || words == ProtocolKind::OpenAiCompatible)
           && path.endsWith("/chat/completions");
}

QByteArrayList methodsAt(ProtocolKind words, const QByteArray &path)
{
    if (listsAnswers(words, path))
        return {"GET", "HEAD", "POST"};
    if (actionAt(words, "POST", path) != ServedAction::None)
        return {"POST"};
    return actionAt(words, "GET", path) == ServedAction::Models ? QByteArrayList{"GET", "HEAD"} : QByteArrayList();
}

QByteArray withoutKey(const QByteArray &query)
{
    QByteArrayList kept;
    for (const QByteArray &item : query.split('&')) {
        const QByteArray name = QByteArray::fromPercentEncoding(item.left(item.indexOf('='))).toLower();
        if (!item.isEmpty() && name != "key" && name != "api_key" && name != "access_token")
            kept << item;
    }
    return kept.join('&');
}

/// Bytes beyond ASCII percent-encoded, as the path's are.
QByteArray asAscii(const QByteArray &text)
{
    QByteArray out;
    for (const char c : text)
        out += uchar(c) < 0x80 ? QByteArray(1, c) : '%' + QByteArray(1, c).toHex().toUpper();
    return out;
}

QByteArray applyRules(const ParameterRules &rules, const QByteArray &body)
{
    auto object = RawObject::read(body);
    if (!object || rules == ParameterRules{})
        return body;
    for (auto it = rules.renamed.begin(); it != rules.renamed.end(); ++it)
        object->rename(it.key().toUtf8(), it.value().toUtf8());
    for (const QString &name : rules.removed)
        object->remove(name.toUtf8());
    for (auto it = rules.added.begin(); it != rules.added.end(); ++it) {
        const QByteArray list = QJsonDocument(QJsonArray{it.value()}).toJson(QJsonDocument::Compact);
        object->set(it.key().toUtf8(), list.mid(1, list.size() - 2));
    }
    return object->text();
}

/// At Google, where the base URL ends in /v1beta: files go to /upload/v1beta, and /v1alpha is another version.
QUrl googleUrl(const Wire &wire, const QUrl &base, QByteArray path, const QByteArray &query)
{
    QUrl url = endpoint(wire, base, {}, QString::fromLatin1(query));
    QByteArray version = url.path(QUrl::FullyEncoded).toLatin1();
    const qsizetype at = version.lastIndexOf("/v1");
    if (at >= 0 && path.startsWith(uploads + '/')) {
        version.insert(at, uploads);
        path.remove(0, uploads.size());
    } else if (at >= 0 && path.startsWith(alpha + '/')) {
        version.truncate(at);
    }
    url.setPath(QString::fromLatin1(version + path), QUrl::StrictMode);
    return url;
}

QJsonObject entryOf(ProtocolKind words, const QString &id, WallTime now)
{
    const qint64 seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (words == ProtocolKind::GoogleAi)
        return {{QStringLiteral("name"), QStringLiteral("models/") + id},
                {QStringLiteral("displayName"), id},
                {QStringLiteral("supportedGenerationMethods"),
                 QJsonArray{QStringLiteral("generateContent"), QStringLiteral("countTokens")}}};
    if (words == ProtocolKind::Anthropic)
        return {{QStringLiteral("type"), QStringLiteral("model")},
                {QStringLiteral("id"), id},
                {QStringLiteral("display_name"), id},
                {QStringLiteral("created_at"), QStringLiteral("1970-01-01T00:00:00Z")}};
    return {{QStringLiteral("id"), id},
            {QStringLiteral("object"), QStringLiteral("model")},
            {QStringLiteral("type"), QStringLiteral("base")}, // what Mistral's clients look at
            {QStringLiteral("capabilities"),
             QJsonObject{{QStringLiteral("completion_chat"), true}, {QStringLiteral("function_calling"), true}}},
            {QStringLiteral("created"), seconds},
            {QStringLiteral("owned_by"), QStringLiteral("retryscope")}};
}

} // namespace

std::optional<Dialect> dialectOf(const QByteArray &method, const QByteArray &asked, const QByteArray &query,
                                 const HttpHeaders &headers)
{
    Dialect dialect;
    QByteArray path = asked;
    const auto words = wordsOf(&path, headers);
    if (!words)
        return std::nullopt;
    dialect.words = *words;
    dialect.path = belowServed(wireOf(*words), path);
    dialect.query = asAscii(withoutKey(query));
    dialect.action = actionAt(*words, method, path);
    dialect.methods = methodsAt(*words, path);
    dialect.model = modelIn(*words, method, dialect.path);
    dialect.stream = dialect.path.endsWith(":streamGenerateContent");
    dialect.array = asksForArray(*words, dialect.path, query);
    return dialect;
}

bool asksForArray(ProtocolKind words, const QByteArray &path, const QByteArray &query)
{
    if (words != ProtocolKind::GoogleAi || !path.endsWith(":streamGenerateContent"))
        return false;
    const QByteArrayList items = QByteArray::fromPercentEncoding(query).split('&');
    return !items.contains("alt=sse") && !items.contains("$alt=sse");
}

bool speaks(ProtocolKind provider, ProtocolKind words)
{
    if (provider == words)
        return true;
    const auto isOpenAi = [](ProtocolKind kind) {
        return kind == ProtocolKind::OpenAi || kind == ProtocolKind::OpenAiResponses;
    };
    return (isOpenAi(provider) && isOpenAi(words)) // one vendor, two interfaces
           || (provider == ProtocolKind::OpenAiCompatible && words == ProtocolKind::OpenAi)
           || (provider == ProtocolKind::OpenAi && words == ProtocolKind::OpenAiCompatible);
}

bool takesPrompts(ProtocolKind provider, ProtocolKind words)
{
    return speaks(provider, words) && (provider != ProtocolKind::OpenAiResponses || words == provider);
}

QByteArray uploadHere(const QByteArray &address, const ProviderConfig &provider, const QByteArray &origin)
{
    const QUrl url = QUrl::fromEncoded(address, QUrl::StrictMode);
    const QByteArray path = url.path(QUrl::FullyEncoded).toLatin1();
    const qsizetype at = path.indexOf(uploads + wireOf(ProtocolKind::GoogleAi).servedPath + '/');
    const bool isOfProvider =
        url.host() == provider.baseUrl.host() && url.port(0) == provider.baseUrl.port(0) && url.userInfo().isEmpty();
    if (provider.protocol != ProtocolKind::GoogleAi || !isOfProvider || at < 0)
        return address;
    const QByteArray query = url.query(QUrl::FullyEncoded).toLatin1();
    return origin + path.mid(at) + (query.isEmpty() ? QByteArray() : '?' + query);
}

HttpRequest passOn(const ProviderConfig &provider, const PassedRequest &passed, const QString &model,
                   const QByteArray &key)
{
    const Wire &wire = wireOf(provider.protocol);
    QByteArray path = passed.path, body = passed.body;
    if (!model.isEmpty() && model != passed.model) {
        if (const auto [begin, length] = modelPlace(passed.words, passed.method, path);
            passed.modelInPath && length > 0) {
            path.replace(begin, length, QUrl::toPercentEncoding(model));
        } else if (auto object = RawObject::read(body)) {
            object->set("model", jsonString(model));
            body = object->text();
        }
    }
    HttpRequest request;
    request.method = passed.method;
    request.url = passed.words == ProtocolKind::GoogleAi
                      ? googleUrl(wire, provider.baseUrl, path, passed.query)
                      : endpoint(wire, provider.baseUrl, QString::fromLatin1(path), QString::fromLatin1(passed.query));
    request.headers = passed.headers;
    for (const auto &header : wire.headers) {
        if (headerValue(request.headers, header.first).isEmpty())
            request.headers.append(header);
    }
    if (!key.isEmpty())
        request.headers.append({wire.keyHeader, wire.keyPrefix + key});
    request.body = applyRules(provider.parameters, body);
    return request;
}

bool mayPass(QByteArrayView header)
{
    static constexpr std::array<QByteArrayView, 22> stopped{
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "content-encoding",
        "accept-encoding",
        "expect",
        "cookie",
        "set-cookie",
        "origin",
        "referer",
        "date",
        "forwarded",
        "via",
        "alt-svc",
    };
    static constexpr std::array<QByteArrayView, 4> stoppedBeginnings{"x-retryscope-", "x-forwarded-", "sec-",
                                                                     "access-control-"};
    const auto is = [header](QByteArrayView name) {
        return header.size() == name.size() && header.compare(name, Qt::CaseInsensitive) == 0;
    };
    const auto begins = [header](QByteArrayView with) {
        return header.size() >= with.size() && header.first(with.size()).compare(with, Qt::CaseInsensitive) == 0;
    };
    const auto isKey = [header](const QString &name) {
        return name.compare(QLatin1String(header.data(), header.size()), Qt::CaseInsensitive) == 0;
    };
    return std::none_of(stopped.begin(), stopped.end(), is)
           && std::none_of(stoppedBeginnings.begin(), stoppedBeginnings.end(), begins)
           && std::none_of(keyHeaders().begin(), keyHeaders().end(), isKey);
}

QByteArray modelEntry(ProtocolKind words, const QString &model, WallTime now)
{
    return QJsonDocument(entryOf(words, model, now)).toJson(QJsonDocument::Compact);
}

QByteArray modelList(ProtocolKind words, const QStringList &models, WallTime now)
{
    QJsonArray entries;
    for (const QString &id : models)
        entries.append(entryOf(words, id, now));
    QJsonObject list{{QStringLiteral("data"), entries}};
    if (words == ProtocolKind::GoogleAi)
        list = {{QStringLiteral("models"), entries}};
    else if (words == ProtocolKind::Anthropic)
        list.insert(QStringLiteral("has_more"), false);
    else
        list.insert(QStringLiteral("object"), QStringLiteral("list"));
    if (words == ProtocolKind::Anthropic && !models.isEmpty()) {
        list.insert(QStringLiteral("first_id"), models.first());
        list.insert(QStringLiteral("last_id"), models.last());
    }
    return QJsonDocument(list).toJson(QJsonDocument::Compact);
}

} // namespace retryscope
