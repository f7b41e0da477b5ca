// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interchange/importing.h"
#include "interchange/interchange.h"
#include "interchange/outputtree.h"

/// What the targets' files give to the table in interchange.cpp, and what several of them need.
namespace retryscope::interchange {

WrittenBody writeLiteLlm(LossRecorder &record);
void readLiteLlm(const QByteArray &text, Importing &into);
WrittenBody writePortkey(LossRecorder &record);
void readPortkey(const QByteArray &text, Importing &into);
WrittenBody writeEnvoy(LossRecorder &record);
void readEnvoy(const QByteArray &text, Importing &into);
WrittenBody writePolly(LossRecorder &record);
WrittenBody writePollyCode(LossRecorder &record);
void readPolly(const QByteArray &text, Importing &into);
WrittenBody writeResilience4j(LossRecorder &record);
void readResilience4j(const QByteArray &text, Importing &into);
WrittenBody writeTenacity(LossRecorder &record);
void readTenacity(const QByteArray &text, Importing &into);
WrittenBody writeOpenAiPython(LossRecorder &record);
void readOpenAiPython(const QByteArray &text, Importing &into);
WrittenBody writeOpenAiJs(LossRecorder &record);
void readOpenAiJs(const QByteArray &text, Importing &into);
WrittenBody writeAnthropicPython(LossRecorder &record);
void readAnthropicPython(const QByteArray &text, Importing &into);
WrittenBody writeAnthropicJs(LossRecorder &record);
void readAnthropicJs(const QByteArray &text, Importing &into);
WrittenBody writeGoogleGenaiPython(LossRecorder &record);
void readGoogleGenaiPython(const QByteArray &text, Importing &into);
WrittenBody writeGoogleGenaiJs(LossRecorder &record);
void readGoogleGenaiJs(const QByteArray &text, Importing &into);
WrittenBody writeMistralPython(LossRecorder &record);
void readMistralPython(const QByteArray &text, Importing &into);
WrittenBody writeMistralJs(LossRecorder &record);
void readMistralJs(const QByteArray &text, Importing &into);

/// As many failures in a row open a circuit here, however few the calls; consecutive_5xx of Envoy's.
inline constexpr int consecutiveFailures = 3;

/// What was read, or tells why not.
std::optional<Input> readInput(const InputResult &result, Importing &into);
/// The first document, as the target reads it; the others are listed.
std::optional<Input> readInput(const DocumentsResult &result, Importing &into);

// Durations as the targets write them; none: it is not one.
QString protobufDuration(double seconds);               ///< "1.5s"
std::optional<double> fromProtobufDuration(const QString &text);
QString timeSpan(double seconds);                       ///< "00:00:01.5000000", to 100 ns
std::optional<double> fromTimeSpan(const QString &text);
QString springDuration(double seconds);                 ///< "1500ms", to the millisecond
std::optional<double> fromSpringDuration(const QString &text); ///< also 10s, 1m, PT1.5S, and a plain number of ms
/// To the nearest, at least `least`.
double wholeMilliseconds(double seconds, double least = 0.0);

/// Statuses that are asked again, those left out whose reason is given one attempt.
QVector<int> retriedStatuses(const RetryConfig &config);
/// Notes in the report what the statuses say about reasons.
void recordStatuses(LossRecorder &record, const char *theirs);
/// Reasons none of whose statuses is listed get one attempt; the others none of their own. Statuses that no reason has are told.
void applyStatuses(const QVector<Input> *list, const QString &where, Importing &into);
void applyStatuses(QSet<int> statuses, const QString &where, int line, Importing &into);
/// Those of the list; what is none is told.
QSet<int> statusesOf(const QVector<Input> &list, const QString &where, Importing &into);
Output &putStatuses(Output &into, const char *key, const RetryConfig &config);

/// "num_retries: 3".
QString said(const char *key, const QString &value);
QString said(const char *key, double value);
/// The wait grows and is spread as the target has it built in; each is exact where ours is the same.
struct BuiltInWaits
{
    double baseDelay, maxDelay, exponentialBase;
    const char *jitter;
    bool honoursHints;
    double hintCap;
    const char *theirs; ///< how its documentation says it
};
void recordWaits(LossRecorder &record, const BuiltInWaits &waits);
void applyWaits(const BuiltInWaits &waits, Importing &into);

/// The provider of a vendor with a wire of its own, as it is usually set up, by its key: "openai".
std::optional<ProviderConfig> vendor(const QString &key);
/// The provider of any vendor that is known, by its preset's key: "groq".
std::optional<ProviderConfig> presetProvider(QLatin1String key);
/// The name of the environment variable that the provider's key is taken from; empty: it has none.
QString keyVariable(const ProviderConfig &provider);

} // namespace retryscope::interchange
