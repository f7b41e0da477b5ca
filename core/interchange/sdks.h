// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interchange/targets.h"

/// What the vendors' SDKs have in common: a client that is made with options and asks one provider.
namespace retryscope::interchange {

struct SdkClient
{
    const char *name;         ///< what is made: "OpenAI"
    const char *imports;      ///< the lines before it
    QStringList protocols;    ///< that it speaks, its own first
    Language language;
    const char *key, *baseUrl; ///< the options' names; no base URL: it cannot be said in our form
};

/// The provider that the client asks: the first of its own wire, else of another that it speaks. None: nobody is there.
std::optional<ProviderConfig> clientProvider(const SdkClient &client, const Configuration &configuration);
/// Puts key and address into the options, as references and only where they are not the vendor's own.
void putClient(Output &options, const SdkClient &client, LossRecorder &record);
/// The whole file around the options.
QByteArray clientText(const Output &options, const SdkClient &client, const LossRecorder &record);

/// The options of the first client that the file makes, what else it assigns is listed; fails where there is none.
const Input *findClient(const Input &file, const SdkClient &client, Importing &into);
/// Reads key, address and model.
void readClient(Section &options, const Input &file, const SdkClient &client, Importing &into);

QString word(bool value);

} // namespace retryscope::interchange
