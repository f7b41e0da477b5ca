// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippetrequest.h"

#include "config/providerfields.h"
#include "engine/credentials.h"
#include "protocols/protocol.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

namespace retryscope {
namespace {

/// What a variable is in the request while it is built: nothing that an address or a header would change.
const QString gapBegin = QStringLiteral("retryscopeGapBegin"), gapEnd = QStringLiteral("retryscopeGapEnd");

QString gap(const QString &variable) { return gapBegin + variable + gapEnd; }

/// A name that shells take, made of any other.
QString variableName(const QString &from)
{
    static const QRegularExpression others(QStringLiteral("[^A-Za-z0-9]+"));
    QString name = from.toUpper().replace(others, QStringLiteral("_"));
    while (name.startsWith(QLatin1Char('_')))
        name.remove(0, 1);
    if (name.isEmpty() || name[0].isDigit())
        name.prepend(QLatin1String("KEY_"));
    return name;
}

/// A reference with its variable in it; any other text as it is, unless it may be a secret.
QString withGap(const QString &name, const QString &value)
{
    static const QRegularExpression reference(QStringLiteral("^((?:[A-Za-z]+ )?)([a-z]+):(.+)$"));
    if (isReference(value)) {
        const auto match = reference.match(value);
        const QString to = match.captured(3);
        return match.captured(1) + gap(match.captured(2) == QLatin1String("env") ? to : variableName(to));
    }
    return !value.isEmpty() && mayBeSecret(name, value) ? gap(variableName(name)) : value;
}

SnippetText split(const QString &text, QStringList *variables)
{
    SnippetText out;
    qsizetype at = 0;
    while (at < text.size()) {
        const qsizetype begin = text.indexOf(gapBegin, at);
        const qsizetype end = begin < 0 ? -1 : text.indexOf(gapEnd, begin);
        if (end < 0) {
            out.pieces.append({text.mid(at)});
            break;
        }
        if (begin > at)
            out.pieces.append({text.mid(at, begin - at)});
        const qsizetype name = begin + gapBegin.size();
        out.pieces.append({text.mid(name, end - name), true});
        if (!variables->contains(out.pieces.last().text))
            variables->append(out.pieces.last().text);
        at = end + gapEnd.size();
    }
    return out;
}

Credentials gapsFor(const ProviderConfig &provider)
{
    Credentials credentials;
    const QString key = keysOf(provider).first().reference;
    if (!key.isEmpty())
        credentials.key = withGap(QStringLiteral("key"), key).toLatin1();
    for (auto it = provider.headers.begin(); it != provider.headers.end(); ++it)
        credentials.headers.append({it.key().toLatin1(), withGap(it.key(), *it).toUtf8()});
    for (auto it = provider.query.begin(); it != provider.query.end(); ++it)
        credentials.query.append({it.key(), withGap(it.key(), *it)});
    credentials.proxy = withGap(QString(), provider.proxy);
    credentials.caFile = provider.caFile;
    return credentials;
}

bool hasControl(const QByteArray &text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return uchar(c) < 0x20 || c == 0x7f; });
}

/// What of it no program may send; empty: nothing.
QString unsendable(const HttpRequest &request)
{
    for (const auto &[name, value] : request.headers) {
        if (hasControl(name) || hasControl(value))
            return QString::fromLatin1(name).simplified();
    }
    for (const QString &text : {request.proxy, request.caFile}) {
        if (hasControl(text.toUtf8()))
            return text.simplified();
    }
    return {};
}

constexpr SnippetTraits languages[] = {{SnippetLanguage::Curl, "curl", "cURL", "request.sh"},
                                       {SnippetLanguage::Python, "python", "Python", "request.py"},
                                       {SnippetLanguage::JavaScript, "javascript", "JavaScript", "request.mjs"}};

} // namespace

Expected<SnippetRequest, SnippetProblem> snippetRequest(const ProviderConfig &provider, const ChatRequest &prompt,
                                                        QStringList *variables)
{
    using Problem = SnippetProblem;
    const Protocol &protocol = Protocol::of(provider.protocol);
    if (const QString why = protocol.refusal(prompt); !why.isEmpty())
        return Unexpected{Problem{Problem::Kind::NotSayable, why}};
    if (provider.baseUrl.host().isEmpty() || provider.baseUrl.port() == 0)
        return Unexpected{Problem{Problem::Kind::NoAddress, provider.id}};
    const Credentials credentials = gapsFor(provider);
    HttpRequest http = protocol.buildRequest(provider, prompt, credentials.key);
    credentials.applyTo(&http);
    if (const QString what = unsendable(http); !what.isEmpty())
        return Unexpected{Problem{Problem::Kind::Unsendable, what}};
    http.url.setUserInfo({});
    http.url.setFragment({});
    SnippetRequest request;
    request.url = split(QString::fromLatin1(http.url.toEncoded()), variables);
    for (const auto &[name, value] : std::as_const(http.headers))
        request.headers.append({QString::fromLatin1(name), split(QString::fromLatin1(value), variables)});
    request.body = QJsonDocument::fromJson(http.body).object();
    request.stream = prompt.stream;
    request.noProxy = http.proxy == QLatin1String("none");
    if (!request.noProxy)
        request.proxy = split(http.proxy, variables);
    request.caFile = http.caFile;
    return request;
}

std::span<const SnippetTraits> snippetLanguages() { return languages; }

const SnippetTraits *snippetLanguage(QStringView key)
{
    const auto at = std::find_if(std::begin(languages), std::end(languages),
                                 [key](const SnippetTraits &t) { return key == QLatin1String(t.key); });
    return at == std::end(languages) ? nullptr : at;
}

Expected<Snippet, SnippetProblem> snippetFor(SnippetLanguage language, const ProviderConfig &provider,
                                             const ChatRequest &prompt)
{
    constexpr QString (*writers[])(const SnippetRequest &, QVector<SnippetNote> *) = {snippets::curl, snippets::python,
                                                                                      snippets::javaScript};
    Snippet snippet;
    const auto request = snippetRequest(provider, prompt, &snippet.variables);
    if (!request)
        return Unexpected{request.error()};
    snippet.notes << SnippetNote::OneAttempt;
    snippet.text = writers[int(language)](*request, &snippet.notes);
    return snippet;
}

} // namespace retryscope
