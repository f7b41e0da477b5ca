// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wireformats.h"

#include <QJsonDocument>

#include <array>

namespace retryscope {

QByteArray toBody(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

QUrl endpoint(const QUrl &base, const QString &path, const QString &query)
{
    QUrl url = base;
    QString whole = base.path(QUrl::FullyEncoded);
    while (whole.endsWith(QLatin1Char('/')))
        whole.chop(1);
    url.setPath(whole + path, QUrl::StrictMode);
    if (!query.isEmpty())
        url.setQuery(query);
    return url;
}

const Protocol &Protocol::of(ProtocolKind kind)
{
    static const OpenAiProtocol openAi({"/chat/completions", "max_completion_tokens", true});
    static const OpenAiProtocol mistral({"/v1/chat/completions", "max_tokens", false});
    static const OpenAiProtocol compatible({"/chat/completions", "max_tokens", true});
    static const AnthropicProtocol anthropic;
    static const GoogleAiProtocol googleAi;
    switch (kind) {
    case ProtocolKind::OpenAi: return openAi;
    case ProtocolKind::Anthropic: return anthropic;
    case ProtocolKind::GoogleAi: return googleAi;
    case ProtocolKind::Mistral: return mistral;
    case ProtocolKind::OpenAiCompatible: return compatible;
    }
    return compatible;
}

static constexpr std::array protocolKeys{"openai", "anthropic", "google_ai", "mistral", "openai_compatible"};
QString toKey(ProtocolKind kind) { return QString::fromLatin1(protocolKeys[std::size_t(kind)]); }
std::optional<ProtocolKind> protocolFromKey(QStringView key)
{
    for (std::size_t i = 0; i < protocolKeys.size(); ++i) {
        if (key == QLatin1String(protocolKeys[i]))
            return ProtocolKind(i);
    }
    return std::nullopt;
}

} // namespace retryscope
