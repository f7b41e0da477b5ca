// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/sdks.h"

#include <algorithm>

namespace retryscope::interchange {
namespace {

bool isPython(const SdkClient &client) { return client.language == Language::Python; }

QString environment(const SdkClient &client, const QString &variable)
{
    return isPython(client) ? QStringLiteral("os.environ[%1]").arg(quoted(variable))
                            : QStringLiteral("process.env.") + variable;
}

/// The wire that a client speaks at an address; the file does not tell it otherwise.
QString protocolAt(const SdkClient &client, bool usualAddress)
{
    const QString compatible = QStringLiteral("openai_compatible");
    return !usualAddress && client.protocols.contains(compatible) ? compatible : client.protocols.first();
}

} // namespace

QString word(bool value) { return value ? QStringLiteral("true") : QStringLiteral("false"); }

std::optional<ProviderConfig> clientProvider(const SdkClient &client, const Configuration &configuration)
{
    const ProviderConfigs providers = exportedProviders(configuration);
    for (const QString &protocol : client.protocols) {
        for (const ProviderConfig &p : providers) {
            if (toKey(p.protocol) == protocol)
                return p;
        }
    }
    return std::nullopt;
}

void putClient(Output &options, const SdkClient &client, LossRecorder &record)
{
    const auto asked = clientProvider(client, record.configuration());
    for (const ProviderConfig &p : exportedProviders(record.configuration())) {
        if (!asked || p.id != asked->id)
            record.providerLeftOut(p, "The client asks one provider.");
    }
    record.lost("attempts_per_provider", "The client asks one provider.");
    if (!asked)
        return;
    const ProviderConfig &p = *asked;
    if (const QString variable = keyVariable(p); !variable.isEmpty()) {
        options.plain(client.key, environment(client, variable));
        record.provider(p, "key", p.keyReference, environment(client, variable));
    }
    const auto usual = vendor(client.protocols.first());
    const bool isUsual = usual && usual->baseUrl == p.baseUrl;
    if (!isUsual && *client.baseUrl)
        options.text(client.baseUrl, p.baseUrl.toString());
    if (isUsual || *client.baseUrl)
        record.provider(p, "base_url", p.baseUrl.toString(),
                        isUsual ? QStringLiteral("the vendor's own") : said(client.baseUrl, p.baseUrl.toString()));
    record.provider(p, "protocol", protocolAt(client, isUsual || !*client.baseUrl), QLatin1String(client.name),
                    "The file does not tell which of the wires that the client speaks is used.");
    record.provider(p, "model", p.model, said("MODEL", p.model));
    record.provider(p, "priority", QJsonValue::Undefined, {}, "There is one provider.");
}

QByteArray clientText(const Output &options, const SdkClient &client, const LossRecorder &record)
{
    const auto asked = clientProvider(client, record.configuration());
    const QString model = asked ? asked->model : QString();
    if (isPython(client))
        return (QLatin1String(client.imports) + QStringLiteral("\n\nclient = ") + toPython(options)
                + (asked ? QStringLiteral("\nMODEL = ") + quoted(model) : QString()) + QLatin1Char('\n'))
            .toUtf8();
    return (QLatin1String(client.imports) + QStringLiteral("\n\nexport const client = ") + toJavaScript(options)
            + (asked ? QStringLiteral(";\nexport const MODEL = ") + quoted(model) : QString()) + QStringLiteral(";\n"))
        .toUtf8();
}

const Input *findClient(const Input &file, const SdkClient &client, Importing &into)
{
    const QString name = QString(QLatin1String(client.name)).section(QLatin1Char('.'), -1);
    const Input *found = nullptr;
    for (const auto &[to, value] : file.members) {
        const QString callee = value.text.section(QLatin1Char('.'), -1);
        if (!found && value.kind == Input::Kind::Map && (callee == name || callee == QLatin1String("Async") + name))
            found = &value;
        else if (to != QLatin1String("MODEL"))
            into.passOver(to.left(60), value.line);
    }
    if (!found)
        into.fail(QStringLiteral("(file)"), 0,
                  QStringLiteral("Makes no client: %1(...) is assigned to nothing.").arg(name));
    return found;
}

void readClient(Section &options, const Input &file, const SdkClient &client, Importing &into)
{
    ProviderConfig p = into.providerFor(client.protocols);
    const auto usual = vendor(client.protocols.first());
    p.enabled = true;
    p.baseUrl = usual ? usual->baseUrl : p.baseUrl;
    if (const auto key = options.text(client.key))
        p.keyReference = keyReference(*key, QStringLiteral("env:"), {}, options.path(QLatin1String(client.key)),
                                      options.lastLine(), into);
    if (*client.baseUrl) {
        if (const auto url = options.text(client.baseUrl))
            p.baseUrl = QUrl(*url, QUrl::StrictMode);
    }
    p.protocol = *protocolFromKey(protocolAt(client, usual && usual->baseUrl == p.baseUrl));
    if (const Input *model = file.member(QStringLiteral("MODEL")); model && model->kind == Input::Kind::Text)
        p.model = model->text;
    into.addProvider(p);
}

} // namespace retryscope::interchange
