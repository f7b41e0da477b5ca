// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/importing.h"

#include "config/providerchecks.h"
#include "config/retryfields.h"
#include "interchange/targets.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace retryscope::interchange {
namespace {

const RetryConfigField &fieldOf(const char *key)
{
    const auto &fields = retryConfigFields();
    return *std::find_if(fields.begin(), fields.end(),
                         [key](const RetryConfigField &f) { return QLatin1String(f.key) == QLatin1String(key); });
}

/// 1 to 64 of a-z, 0-9, dot, dash and underscore.
QString asId(const QString &name)
{
    static const QRegularExpression other(QStringLiteral("[^a-z0-9_.-]+")),
        valid(QStringLiteral("^[a-z0-9_.-]{1,64}$"));
    if (valid.match(name).hasMatch())
        return name;
    const QString id = name.toLower().replace(other, QStringLiteral("-")).left(56);
    return id.isEmpty() || id == QLatin1String("-") ? QStringLiteral("provider") : id;
}

} // namespace

QString placed(const QString &where, int line)
{
    return line > 0 ? where + QStringLiteral(", line %1").arg(line) : where;
}

Importing::Importing(const Configuration &base) : m_base(base), m_retry(toJson(base.retry)) {}

void Importing::set(const char *field, double value, const QString &where, int line)
{
    const RetryConfigField &f = fieldOf(field);
    const double bounded = std::isfinite(value) ? std::clamp(value, f.minimum, f.maximum) : f.maximum;
    if (bounded != value)
        warn(where.isEmpty() ? QStringLiteral("retry.") + QLatin1String(field) : where, line,
             QStringLiteral("Is %1 in terms of retry.%2, which lies between %3 and %4: %5 is taken.")
                 .arg(numeral(std::isfinite(value) ? value : 0.0), QLatin1String(field), numeral(f.minimum),
                      numeral(f.maximum), numeral(bounded)));
    m_retry[QLatin1String(field)] = numeral(bounded).toDouble(); // 29 % are 0.29, not 0.29000000000000004
}

void Importing::setAttempts(RetryReason reason, int attempts, int general, const QString &where, int line)
{
    QJsonObject reasons = m_retry[QLatin1String("reasons")].toObject();
    QJsonObject own = reasons[toKey(reason)].toObject();
    own.remove(QLatin1String("max_attempts"));
    const int bounded = std::clamp(attempts, 1, 20);
    if (bounded != attempts)
        warn(where, line, QStringLiteral("Is %1 attempts, the first included: %2 is taken.").arg(attempts).arg(bounded));
    if (bounded != attemptsFor(RetryConfig(), reason, general))
        own[QLatin1String("max_attempts")] = bounded;
    if (own.isEmpty())
        reasons.remove(toKey(reason));
    else
        reasons[toKey(reason)] = own;
    m_retry[QLatin1String("reasons")] = reasons;
}

void Importing::addProvider(ProviderConfig provider)
{
    const QString wanted = asId(provider.id);
    provider.id = wanted;
    for (int n = 2; m_ids.contains(provider.id); ++n)
        provider.id = QStringLiteral("%1-%2").arg(wanted.left(56)).arg(n);
    m_ids.insert(provider.id);
    if (const auto usual = vendor(provider.id); provider.name.isEmpty())
        provider.name = usual ? usual->name : provider.id;
    m_providers.append(provider);
}

ProviderConfig Importing::providerFor(const QStringList &protocols) const
{
    for (const ProviderConfig &p : inOrder(m_base.providers)) {
        if (protocols.contains(toKey(p.protocol)) && !p.simulated)
            return p;
    }
    return *vendor(protocols.first());
}

void Importing::warn(const QString &where, int line, const QString &message)
{
    m_issues.append({placed(where, line), message, ConfigIssue::Severity::Warning});
}
void Importing::fail(const QString &where, int line, const QString &message)
{
    m_issues.append({placed(where, line), message});
}
void Importing::passOver(const QString &where, int line) { m_notTaken << placed(where, line); }

void Importing::resolve(const char *longer, const char *shorter)
{
    if (number(longer) >= number(shorter))
        return;
    warn(QStringLiteral("retry.") + QLatin1String(longer), 0,
         QStringLiteral("Would be %1, shorter than retry.%2: %3 is taken for both.")
             .arg(numeral(number(longer)), QLatin1String(shorter), numeral(number(shorter))));
    m_retry[QLatin1String(longer)] = number(shorter);
}

Importing::Done Importing::finish()
{
    resolve("max_delay_s", "base_delay_s");
    resolve("circuit_max_open_time_s", "circuit_open_time_s");
    Configuration c = m_base;
    if (!m_providers.isEmpty()) {
        c.providers = m_providers;
        c.unknown.remove(QStringLiteral("providers"));
        for (auto it = c.routes.begin(); it != c.routes.end();) { // a chain of providers that are gone is none
            const bool whole = std::all_of(it->begin(), it->end(), [this](const ProviderId &id) { return m_ids.contains(id); });
            it = whole ? std::next(it) : c.routes.erase(it);
        }
    }
    ConfigIssues ignored; // validate() says the same
    c.retry = retryConfigFromJson(m_retry, QStringLiteral("retry"), &ignored);
    const ConfigIssues found = validate(c);
    return {c, m_issues + found, m_notTaken};
}

Section::Section(const Input *input, QString path, Importing &into)
    : m_input(input && input->kind != Input::Kind::Null ? input : nullptr), m_path(std::move(path)), m_into(into)
{
    if (m_input && m_input->kind != Input::Kind::Map) {
        m_into.fail(m_path, m_input->line, QStringLiteral("Must be a map of names and values."));
        m_input = nullptr;
    }
}

Section::~Section()
{
    if (!m_input)
        return;
    for (const auto &[key, value] : m_input->members) {
        if (!m_taken.contains(key))
            m_into.passOver(path(key), value.line);
    }
}

const Input *Section::take(const QString &key)
{
    const Input *value = m_input ? m_input->member(key) : nullptr;
    if (!value)
        return nullptr;
    m_taken.insert(key);
    m_lastLine = value->line;
    return value->kind == Input::Kind::Null ? nullptr : value;
}

bool Section::has(const char *key) const
{
    const Input *value = m_input ? m_input->member(QLatin1String(key)) : nullptr;
    return value && value->kind != Input::Kind::Null;
}

void Section::only(const char *key, double ours)
{
    if (const auto theirs = number(key); theirs && *theirs != ours)
        m_into.passOver(path(QLatin1String(key)) + QStringLiteral(": ") + numeral(*theirs), m_lastLine);
}

void Section::takeIfSame(const char *key, const Input *other)
{
    const Input *mine = m_input ? m_input->member(QLatin1String(key)) : nullptr;
    const Input *theirs = other ? other->member(QLatin1String(key)) : nullptr;
    if (mine && theirs && mine->saysTheSameAs(*theirs))
        take(key);
}

QStringList Section::keys() const
{
    QStringList keys;
    for (qsizetype i = 0; m_input && i < m_input->members.size(); ++i)
        keys << m_input->members[i].first;
    return keys;
}

void Section::wrong(const char *key, const char *form)
{
    m_into.fail(path(QLatin1String(key)), m_lastLine, QStringLiteral("Must be %1.").arg(QLatin1String(form)));
}

std::optional<double> Section::number(const char *key)
{
    const Input *value = take(key);
    if (!value)
        return std::nullopt;
    bool ok = false;
    const double number = value->isScalar() ? value->text.toDouble(&ok) : 0.0;
    if (!ok || !std::isfinite(number) || number < 0.0) {
        wrong(key, "a number that is not negative");
        return std::nullopt;
    }
    return number;
}

std::optional<int> Section::whole(const char *key)
{
    const auto value = number(key);
    if (value && (*value != std::floor(*value) || *value > 1e9)) {
        wrong(key, "a whole number");
        return std::nullopt;
    }
    return value ? std::optional(int(*value)) : std::nullopt;
}

std::optional<bool> Section::flag(const char *key)
{
    const Input *value = take(key);
    if (!value)
        return std::nullopt;
    const QString word = value->text.toLower();
    if (!value->isScalar() || (word != QLatin1String("true") && word != QLatin1String("false"))) {
        wrong(key, "true or false");
        return std::nullopt;
    }
    return word == QLatin1String("true");
}

std::optional<QString> Section::text(const char *key)
{
    const Input *value = take(key);
    if (!value)
        return std::nullopt;
    if (!value->isScalar()) {
        wrong(key, "a text");
        return std::nullopt;
    }
    return value->text;
}

const QVector<Input> *Section::list(const char *key)
{
    const Input *value = take(key);
    if (!value)
        return nullptr;
    if (value->kind != Input::Kind::List) {
        wrong(key, "a list");
        return nullptr;
    }
    return &value->items;
}

bool Section::set(const char *field, const char *key, double factor)
{
    const auto value = fieldOf(field).kind == FieldKind::Integer ? std::optional<double>(whole(key)) : number(key);
    if (value)
        m_into.set(field, *value * factor, path(QLatin1String(key)), m_lastLine);
    return value.has_value();
}

std::optional<double> Section::duration(const char *key, ReadDuration read, const char *form)
{
    const Input *value = take(key);
    if (!value)
        return std::nullopt;
    const auto seconds = value->isScalar() ? read(value->text) : std::nullopt;
    if (!seconds || !(*seconds >= 0.0)) {
        wrong(key, form);
        return std::nullopt;
    }
    return seconds;
}

bool Section::setDuration(const char *field, const char *key, ReadDuration read, const char *form)
{
    const auto seconds = duration(key, read, form);
    if (seconds)
        m_into.set(field, *seconds, path(QLatin1String(key)), m_lastLine);
    return seconds.has_value();
}

QString keyReference(const QString &text, const QString &prefix, const QString &suffix, const QString &where, int line,
                     Importing &into)
{
    const QString name = text.startsWith(prefix) && text.endsWith(suffix)
                             ? text.mid(prefix.size(), text.size() - prefix.size() - suffix.size())
                             : QString();
    const QString reference = QStringLiteral("env:") + name;
    if (isPlainReference(reference))
        return reference;
    into.warn(where, line,
              QStringLiteral("Is no reference to an environment variable, so it was not taken. Put the key into a "
                             "variable and name it in the provider's \"key\", as env:NAME."));
    return {};
}

} // namespace retryscope::interchange
