// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"

#include <QJsonValue>
#include <QSet>

namespace retryscope {

/// How much of a value another tool's file can carry.
enum class Kept : quint8 { Exact, Approximate, NotExpressible };
QString toKey(Kept kept);

/// One value of a configuration, and what became of it in another tool's file.
struct LossLine
{
    Kept kept = Kept::Exact;
    QString field;    ///< in the configuration file: "retry.max_attempts", "providers.openai.model", "rules"
    QJsonValue ours;  ///< as the configuration has it
    QJsonValue back;  ///< as an import of the file reads it; undefined: the file does not tell it
    QString theirs;   ///< as the file says it: "num_retries: 3"; empty: it does not
    QString note;     ///< why it is not the same; empty where it is
    bool operator==(const LossLine &) const = default;
};

/// What an export keeps of a configuration, value by value. Values that have no effect in this configuration (a factor of a
/// constant backoff, a failover with one provider) are not named.
struct LossReport
{
    QVector<LossLine> lines; ///< by group; within one in the order of the configuration's tables
    int count(Kept kept) const;
    bool operator==(const LossReport &) const = default;
};

/// Whether the field of the retry settings has no effect, whatever its value: "exponential_base" of a constant backoff.
bool hasNoEffect(const Configuration &configuration, const char *field);
/// Providers that an export carries, in the order in which they are asked: those that are enabled and not simulated.
ProviderConfigs exportedProviders(const Configuration &configuration);

/// Takes down what a target does with each value while its file is written; what was not named is not expressible.
class LossRecorder
{
public:
    explicit LossRecorder(const Configuration &configuration);

    const Configuration &configuration() const { return m_configuration; }
    /// As the configuration file has it.
    QJsonValue ours(const char *field) const { return m_retry[QLatin1String(field)]; }
    double number(const char *field) const { return ours(field).toDouble(); }
    /// `back` is what an import reads: exact where it is the same value, else approximate for the reason in the note.
    void kept(const char *field, const QJsonValue &back, const QString &theirs, const char *note = "");
    /// Approximate although the number is the same: it means something else there.
    void about(const char *field, const QJsonValue &back, const QString &theirs, const char *note);
    /// Not expressible; `back` is what the target does in any case, where that is known: exact where that is ours.
    void lost(const char *field, const char *note, const QJsonValue &back = QJsonValue::Undefined);
    /// The same of a provider's field.
    void provider(const ProviderConfig &provider, const char *field, const QJsonValue &back, const QString &theirs,
                  const char *note = "");
    void providerLost(const ProviderConfig &provider, const char *field, const char *note);
    /// The file tells of one reason what it tells for all, and of this one exactly how many attempts there are.
    void reasonKept(RetryReason reason, int attempts, const QString &theirs);
    /// One line for all of the provider: the file has no place for it.
    void providerLeftOut(const ProviderConfig &provider, const char *note);
    /// Nothing of the providers stands in the file.
    void noProviders(const char *note);

    /// The report, with all that was not named as not expressible for `reason`.
    LossReport finish(const char *reason);

private:
    void add(Kept kept, const QString &field, const QJsonValue &ours, const QJsonValue &back, const QString &theirs,
             const char *note);
    void finishRetry(const char *reason);
    void finishReasons(const char *reason);
    void finishProviders();

    const Configuration &m_configuration;
    QJsonObject m_retry;
    QVector<LossLine> m_lines;
    QSet<QString> m_named;
    QSet<QString> m_leftOut; ///< ids
    bool m_providersToldAsOne = false;
};

/// Attempts on one provider that a failure for this reason is given, the first included: its own word, or that of the
/// policy where a repeat may help; 1 where it may not. `general`: as the policy says for all.
int attemptsFor(const RetryConfig &config, RetryReason reason, int general);
/// The same number up to how it is written.
bool isSame(const QJsonValue &a, const QJsonValue &b);

} // namespace retryscope
