// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/providerfields.h"

namespace retryscope {

// What the rows of the table of provider fields check. No value that may be a secret is repeated.

void checkId(const ProviderConfig &provider, const FieldReport &report);
void checkModel(const ProviderConfig &provider, const FieldReport &report);
void checkBaseUrl(const ProviderConfig &provider, const FieldReport &report);
void checkKey(const ProviderConfig &provider, const FieldReport &report);
void checkKeys(const ProviderConfig &provider, const FieldReport &report);
void checkIdempotencyHeader(const ProviderConfig &provider, const FieldReport &report);
void checkHeaders(const ProviderConfig &provider, const FieldReport &report);
void checkQuery(const ProviderConfig &provider, const FieldReport &report);
void checkParameters(const ProviderConfig &provider, const FieldReport &report);
void checkModelMap(const ProviderConfig &provider, const FieldReport &report);
void checkModelTimes(const ProviderConfig &provider, const FieldReport &report);
void checkProxy(const ProviderConfig &provider, const FieldReport &report);
void checkCaFile(const ProviderConfig &provider, const FieldReport &report);

/// A value that is a secret, by its name or its look, must be a reference.
void checkSecret(const QString &name, const QString &value, const FieldReport &report);
void checkHeaderName(const QString &name, const FieldReport &report);
void checkHeaderValue(const QString &value, const FieldReport &report);
/// "env:NAME" or "keychain:NAME".
bool isPlainReference(const QString &value);

/// "a, b or c".
QString listed(const QStringList &words);

} // namespace retryscope
