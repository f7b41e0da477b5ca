// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/interchange.h"

#include "interchange/targets.h"

#include <QCryptographicHash>

namespace retryscope {
namespace {

using namespace interchange;
using enum InterchangeTarget::Comment;

constexpr char sdkLost[] = "The SDK has no such option.";

constexpr InterchangeTarget rows[] = {
    {"litellm", "LiteLLM", "config.yaml", "Models, fallbacks and router settings of a LiteLLM proxy or router.",
     "LiteLLM has no such setting.", Hash, writeLiteLlm, readLiteLlm},
    {"portkey", "Portkey", "portkey.json", "A config of Portkey's gateway: targets, retry, circuit breaker.",
     "Portkey has no such setting.", JsonEntry, writePortkey, readPortkey},
    {"envoy", "Envoy", "envoy.yaml", "A listener with a route and a cluster for each provider.",
     "Envoy has no such setting.", Hash, writeEnvoy, readEnvoy},
    {"polly", "Polly / .NET", "appsettings.json", "A section for AddStandardResilienceHandler of .NET's HttpClient.",
     "The standard resilience handler has no such option.", JsonEntry, writePolly, readPolly},
    {"polly-csharp", "Polly / .NET in code", "LlmResilience.cs", "The same as C#; it is written only.",
     "The standard resilience handler has no such option.", Slashes, writePollyCode, nullptr},
    {"resilience4j", "resilience4j", "application.yml", "Retry, circuit breaker, bulkhead and time limiter.",
     "resilience4j has no such setting.", Hash, writeResilience4j, readResilience4j},
    {"tenacity", "tenacity (Python)", "llm_retry.py", "A decorator, with a wait that obeys Retry-After.",
     "tenacity only repeats a function.", Hash, writeTenacity, readTenacity},
    {"openai-python", "OpenAI SDK (Python)", "openai_client.py", "The client's options.", sdkLost, Hash,
     writeOpenAiPython, readOpenAiPython},
    {"openai-js", "OpenAI SDK (JavaScript)", "openai-client.mjs", "The client's options.", sdkLost, Slashes,
     writeOpenAiJs, readOpenAiJs},
    {"anthropic-python", "Anthropic SDK (Python)", "anthropic_client.py", "The client's options.", sdkLost, Hash,
     writeAnthropicPython, readAnthropicPython},
    {"anthropic-js", "Anthropic SDK (JavaScript)", "anthropic-client.mjs", "The client's options.", sdkLost, Slashes,
     writeAnthropicJs, readAnthropicJs},
    {"google-genai-python", "Google Gen AI SDK (Python)", "genai_client.py", "The client's options.", sdkLost, Hash,
     writeGoogleGenaiPython, readGoogleGenaiPython},
    {"google-genai-js", "Google Gen AI SDK (JavaScript)", "genai-client.mjs", "The client's options.", sdkLost, Slashes,
     writeGoogleGenaiJs, readGoogleGenaiJs},
    {"mistral-python", "Mistral SDK (Python)", "mistral_client.py", "The client's options.", sdkLost, Hash,
     writeMistralPython, readMistralPython},
    {"mistral-js", "Mistral SDK (JavaScript)", "mistral-client.mjs", "The client's options.", sdkLost, Slashes,
     writeMistralJs, readMistralJs},
};

/// One line, whatever a file is called.
QString inOneLine(const QString &text)
{
    QString line = text.left(120);
    for (QChar &c : line) {
        if (!c.isPrint())
            c = QLatin1Char(' ');
    }
    return line;
}

QString firstLine(const Configuration &configuration, const QString &source, const WrittenBody &body)
{
    const QByteArray hash = QCryptographicHash::hash(toJson(configuration), QCryptographicHash::Sha256).toHex().left(12);
    const QString retries =
        body.retries ? QStringLiteral("%1 %2").arg(*body.retries).arg(*body.retries == 1 ? QStringLiteral("retry")
                                                                                         : QStringLiteral("retries"))
                     : QStringLiteral("retries until the time is over");
    return QStringLiteral("Made by Retryscope %1 from %2 (%3): 1 initial + %4%5")
        .arg(QStringLiteral(RETRYSCOPE_VERSION), inOneLine(source), QString::fromLatin1(hash), retries,
             *body.each ? QLatin1Char(' ') + QLatin1String(body.each) : QString());
}

QByteArray withFirstLine(const QByteArray &body, const QString &line, InterchangeTarget::Comment comment)
{
    switch (comment) {
    case Hash: return "# " + line.toUtf8() + '\n' + body;
    case Slashes: return "// " + line.toUtf8() + '\n' + body;
    case JsonEntry: break;
    }
    return "{\n  \"//\": " + quoted(line).toUtf8() + "," + body.mid(1);
}

} // namespace

std::span<const InterchangeTarget> interchangeTargets() { return rows; }

const InterchangeTarget *interchangeTarget(QStringView key)
{
    for (const InterchangeTarget &target : rows) {
        if (key == QLatin1String(target.key))
            return &target;
    }
    return nullptr;
}

Exported exportTo(const InterchangeTarget &target, const Configuration &configuration, const QString &source)
{
    LossRecorder record(configuration);
    const WrittenBody body = target.write(record);
    return {withFirstLine(body.text, firstLine(configuration, source, body), target.comment), record.finish(target.lost)};
}

Imported importFrom(const InterchangeTarget &target, const QByteArray &text, const Configuration &base)
{
    Importing into(base);
    if (target.read)
        target.read(text, into);
    else
        into.fail(QStringLiteral("(file)"), 0, QStringLiteral("%1 is only written.").arg(QLatin1String(target.label)));
    const Importing::Done done = into.finish();
    return {done.configuration, done.issues, done.notTaken};
}

Configuration interchangeBase()
{
    Configuration base;
    base.providers = builtInProviders();
    for (ProviderConfig &p : base.providers)
        p.enabled = true;
    return base;
}

} // namespace retryscope
