// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/masker.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace retryscope {
namespace {

constexpr qsizetype shortKey = 6;      ///< below it only whole words are the key
constexpr qsizetype shortestCut = 4;   ///< of a key that was cut off
constexpr qsizetype mayBeCut = 120;    ///< no limit on a server's words is shorter
constexpr qsizetype span = 16;         ///< of a prompt or an answer
constexpr qsizetype shortestPrompt = 6;

int hexDigit(QChar c)
{
    const char16_t u = c.unicode();
    return u >= '0' && u <= '9'   ? u - '0'
           : u >= 'a' && u <= 'f' ? u - 'a' + 10
           : u >= 'A' && u <= 'F' ? u - 'A' + 10
                                  : -1;
}

/// The number of `count` hexadecimal digits at `at`; below 0 where there are none.
int hexAt(const QString &text, qsizetype at, int count)
{
    int number = 0;
    for (int i = 0; i < count; ++i) {
        const int digit = at + i < text.size() ? hexDigit(text[at + i]) : -1;
        if (digit < 0)
            return -1;
        number = number * 16 + digit;
    }
    return number;
}

struct Unit { int code = -1; qsizetype size = 0; };

/// &#65; &#x41; &amp; and the like.
Unit referenceAt(const QString &text, qsizetype at)
{
    const qsizetype end = text.indexOf(QLatin1Char(';'), at);
    if (end < 0 || end - at > 9)
        return {};
    const QStringView name = QStringView(text).sliced(at + 1, end - at - 1);
    static constexpr std::array<std::pair<const char *, char>, 5> names{
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto &[known, character] : names) {
        if (name == QLatin1String(known))
            return {character, end - at + 1};
    }
    bool ok = false;
    const bool hex = name.startsWith(QLatin1String("#x"), Qt::CaseInsensitive);
    const int code =
        name.size() < 2 || name[0] != QLatin1Char('#') ? 0 : name.sliced(hex ? 2 : 1).toInt(&ok, hex ? 16 : 10);
    return ok ? Unit{code, end - at + 1} : Unit{};
}

/// Whether something in it may stand for another character.
bool mayEscape(QStringView text)
{
    return std::any_of(text.begin(), text.end(), [](QChar c) { return c == u'%' || c == u'\\' || c == u'&'; });
}

/// The escaped character at `at`, if there is one.
Unit escapedAt(const QString &text, qsizetype at)
{
    switch (text[at].unicode()) {
    case '%': {
        if (const int code = hexAt(text, at + 1, 2); code >= 0 && code != '%')
            return {code, 3};
        const int twice = text.mid(at, 3) == QLatin1String("%25") ? hexAt(text, at + 3, 2) : -1;
        return twice >= 0 ? Unit{twice, 5} : hexAt(text, at + 1, 2) == '%' ? Unit{'%', 3} : Unit{};
    }
    case '\\': {
        qsizetype behind = at;
        while (behind < text.size() && text[behind] == QLatin1Char('\\'))
            ++behind;
        if (behind == text.size())
            return {};
        if (text[behind] == QLatin1Char('u')) {
            if (const int code = hexAt(text, behind + 1, 4); code >= 0)
                return {code, behind - at + 5};
        }
        return {text[behind].unicode(), behind - at + 1};
    }
    case '&': return referenceAt(text, at);
    default: return {};
    }
}

bool same(int code, QChar wanted, bool anyCase)
{
    if (code == wanted.unicode() || !anyCase || code >= 0x10000)
        return code == wanted.unicode();
    if (code < 0x80 && wanted.unicode() < 0x80) // the usual case: letters that differ in one bit
        return (code ^ wanted.unicode()) == 0x20 && (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    return QChar(code).toCaseFolded() == wanted.toCaseFolded();
}

/// base64url written as base64.
int plain64(int code) { return code == '-' ? '+' : code == '_' ? '/' : code; }

bool is64(QChar c)
{
    const char16_t u = c.unicode();
    return (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') || u == '+' || u == '/'
           || u == '-' || u == '_';
}

/// `most`: characters of it that are wanted.
QString singleSpaced(const QString &text, std::vector<qsizetype> *places, qsizetype most)
{
    QString out;
    for (qsizetype i = 0; i < text.size() && out.size() < most; ++i) {
        const bool space = text[i].isSpace();
        if (space && (out.isEmpty() || out.back() == QLatin1Char(' ')))
            continue;
        out += space ? QChar(QLatin1Char(' ')) : text[i];
        if (places)
            places->push_back(i);
    }
    return out;
}

quint32 hashOf(const QString &text, qsizetype from)
{
    quint32 hash = 0;
    for (qsizetype i = 0; i < span; ++i)
        hash = hash * 31 + text[from + i].unicode();
    return hash;
}

/// Marks every place of `text` that lies in a run of at least `span` characters of `source`.
void markSpans(const QString &text, const QString &source, std::vector<bool> *marked)
{
    std::unordered_multimap<quint32, qsizetype> starts;
    for (qsizetype i = 0; i + span <= text.size(); ++i)
        starts.emplace(hashOf(text, i), i);
    quint32 highest = 1, hash = hashOf(source, 0);
    for (qsizetype i = 1; i < span; ++i)
        highest *= 31;
    for (qsizetype i = 0;; ++i) {
        const auto [first, last] = starts.equal_range(hash);
        for (auto it = first; it != last; ++it) {
            if (QStringView(text).sliced(it->second, span) == QStringView(source).sliced(i, span))
                std::fill_n(marked->begin() + it->second, span, true);
        }
        if (i + span >= source.size())
            return;
        hash = (hash - source[i].unicode() * highest) * 31 + source[i + span].unicode();
    }
}

void markWhole(const QString &text, const QString &source, std::vector<bool> *marked)
{
    for (qsizetype at = text.indexOf(source); at >= 0; at = text.indexOf(source, at + 1)) {
        const qsizetype end = at + source.size();
        if ((at == 0 || !text[at - 1].isLetterOrNumber()) && (end == text.size() || !text[end].isLetterOrNumber()))
            std::fill_n(marked->begin() + at, source.size(), true);
    }
}

/// `text` without what it quotes of `source`, however the white space is set.
QString withoutQuotes(const QString &text, const QString &source, QLatin1String label)
{
    if (text.size() < shortestPrompt || source.size() < shortestPrompt)
        return text;
    std::vector<qsizetype> places;
    const QString looked = singleSpaced(text, &places, text.size());
    const bool holdsSpan = looked.size() >= span; // else only a source that is shorter yet can stand in it
    const QString quoted = singleSpaced(source, nullptr, holdsSpan ? source.size() : span + 2).trimmed();
    if (quoted.size() < shortestPrompt || looked.size() < shortestPrompt)
        return text;
    std::vector<bool> marked(std::size_t(looked.size()), false);
    if (quoted.size() < span)
        markWhole(looked, quoted, &marked);
    else if (holdsSpan)
        markSpans(looked, quoted, &marked);
    if (std::none_of(marked.begin(), marked.end(), [](bool m) { return m; }))
        return text;
    QString out;
    for (std::size_t i = 0; i < marked.size(); ++i) {
        if (!marked[i])
            out += looked[qsizetype(i)];
        else if (i == 0 || !marked[i - 1])
            out += label;
    }
    return out;
}

} // namespace

Masker::Masker(const QByteArray &key, const QStringList &asked) : m_asked([asked] { return asked; }) { hide(key); }

void Masker::hide(const QByteArray &key)
{
    if (key.isEmpty())
        return;
    m_first.resize(256, false);
    const bool brief = key.size() < shortKey;
    const QString text = QString::fromUtf8(key), bytes = QString::fromLatin1(key);
    add({text, true, false, brief, false, false});
    if (text != bytes) // as a header's bytes, or percent-encoded
        add({bytes, true, false, brief, false, false});
    if (key.size() < 3)
        return;
    add({QString::fromLatin1(key.toHex()), true, false, brief, false, false});
    for (int offset = 0; offset < (brief ? 1 : 3); ++offset) {
        static constexpr std::array<qsizetype, 3> shared{0, 2, 3}; // characters that the bytes before it decide too
        const qsizetype bits = 8 * (offset + key.size());
        const QByteArray coded =
            (QByteArray(offset, '\0') + key).toBase64(QByteArray::OmitTrailingEquals).left(bits / 6);
        const auto from = shared[std::size_t(offset)];
        add({QString::fromLatin1(coded.mid(from)), false, true, brief, offset > 0, bits % 6 != 0});
    }
}

void Masker::add(Pattern pattern)
{
    const char16_t first = pattern.text[0].unicode();
    for (const char16_t code : {first, QChar(first).toLower().unicode(), QChar(first).toUpper().unicode(),
                                char16_t('%'), char16_t('\\'), char16_t('&')}) {
        if (code < 256)
            m_first[code] = true;
    }
    if (pattern.base64 && (first == '+' || first == '/'))
        m_first[first == '+' ? '-' : '_'] = true;
    m_patterns.push_back(std::move(pattern));
}

Masker::Found Masker::find(const Pattern &pattern, const QString &text, qsizetype from, bool cut) const
{
    for (const bool escapes : {false, true}) {
        qsizetype at = from, matched = 0;
        while (matched < pattern.text.size() && at < text.size()) {
            const Unit escaped = escapes ? escapedAt(text, at) : Unit{};
            const int code = escaped.size ? escaped.code : text[at].unicode();
            if (!same(pattern.base64 ? plain64(code) : code, pattern.text[matched], pattern.anyCase))
                break;
            at += std::max<qsizetype>(1, escaped.size);
            ++matched;
        }
        const bool whole = matched == pattern.text.size();
        if (!whole && !(cut && at >= text.size() && matched >= shortestCut)) {
            if (!mayEscape(QStringView(text).sliced(from, std::min(at + 1, text.size()) - from)))
                break; // it reads the same
            continue;
        }
        if (pattern.whole
            && ((from > 0 && text[from - 1].isLetterOrNumber()) || (at < text.size() && text[at].isLetterOrNumber())))
            continue;
        Found found{from, at};
        if (pattern.before && from > 0 && is64(text[from - 1]))
            --found.from;
        if (whole && pattern.behind && at < text.size() && is64(text[at]))
            ++found.to;
        return found;
    }
    return {};
}

QString Masker::withoutKey(const QString &text, bool cut) const
{
    QString out;
    qsizetype copied = 0;
    for (qsizetype at = 0; at < text.size() && !m_patterns.empty(); ++at) {
        const char16_t code = text[at].unicode();
        if (code < 256 && !m_first[code])
            continue;
        Found longest;
        for (const Pattern &pattern : m_patterns) {
            if (const Found found = find(pattern, text, at, cut); found.to > longest.to)
                longest = found;
        }
        if (longest.to < 0)
            continue;
        const qsizetype from = std::max(longest.from, copied);
        out += QStringView(text).sliced(copied, from - copied);
        if (!out.endsWith(QLatin1String("[key]")) || from != copied)
            out += QLatin1String("[key]");
        copied = longest.to;
        at = copied - 1;
    }
    if (copied == 0)
        return text;
    out += QStringView(text).sliced(copied);
    return out;
}

QString Masker::text(const QString &text, const QString &answer) const
{
    QString out = withoutKey(text, text.size() >= mayBeCut);
    const QStringList prompts = m_asked && out.size() >= shortestPrompt ? m_asked() : QStringList();
    for (const QString &asked : prompts)
        out = withoutQuotes(out, asked, QLatin1String("[prompt]"));
    return withoutQuotes(out, answer, QLatin1String("[answer]"));
}

QJsonValue Masker::value(const QJsonValue &value) const
{
    if (value.isString())
        return withoutKey(value.toString(), false);
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue &item : value.toArray())
            array.append(this->value(item));
        return array;
    }
    if (!value.isObject())
        return value;
    QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        it.value() = this->value(it.value());
    return object;
}

QByteArray Masker::body(const QByteArray &body) const
{
    if (m_patterns.empty())
        return body;
    const QString text = QString::fromUtf8(body), masked = withoutKey(text, true);
    if (masked == text)
        return body;
    const QJsonDocument json = QJsonDocument::fromJson(body);
    if (json.isObject())
        return QJsonDocument(value(json.object()).toObject()).toJson(QJsonDocument::Compact);
    if (json.isArray())
        return QJsonDocument(value(json.array()).toArray()).toJson(QJsonDocument::Compact);
    return masked.toUtf8();
}

HttpHeaders Masker::headers(const HttpHeaders &headers) const
{
    if (m_patterns.empty())
        return headers;
    HttpHeaders masked = headers;
    for (qsizetype i = 0; i < headers.size(); ++i) {
        for (const auto member : {&HttpHeaders::value_type::first, &HttpHeaders::value_type::second}) {
            const QString before = QString::fromLatin1(headers[i].*member), after = withoutKey(before, false);
            if (after != before)
                masked[i].*member = after.toLatin1();
        }
    }
    return masked;
}

} // namespace retryscope
