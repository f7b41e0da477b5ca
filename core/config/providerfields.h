// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/retryconfig.h"
#include "protocols/provider.h"

namespace retryscope {

/// Where issues about one provider go: the field's place is put before what is reported.
class FieldReport
{
public:
    FieldReport(QString where, ConfigIssues *issues) : m_where(std::move(where)), m_issues(issues) {}
    FieldReport at(const QString &key) const
    {
        return {m_where.isEmpty() ? key : m_where + QLatin1Char('.') + key, m_issues};
    }
    void error(const QString &message) const { m_issues->append({m_where, message}); }
    void warning(const QString &message) const { m_issues->append({m_where, message, ConfigIssue::Severity::Warning}); }

private:
    QString m_where;
    ConfigIssues *m_issues;
};

/// One field of a provider, described once for the file, the check, the schema and the guide.
struct ProviderField
{
    const char *key;    ///< in the configuration file
    const char *help;   ///< one sentence
    QJsonObject schema; ///< JSON schema of its value
    std::function<QJsonValue(const ProviderConfig &)> get; ///< undefined: as it is by default, and not written
    std::function<void(ProviderConfig &, const QJsonValue &, const FieldReport &)>
        set; ///< a wrong form is reported and changes nothing
    std::function<void(const ProviderConfig &, const FieldReport &)> check; ///< none: nothing to check
};
const QVector<ProviderField> &providerFields();

/// What is wrong with a provider, whoever made it.
void checkProvider(const ProviderConfig &provider, const FieldReport &report);

enum class KeyPlace : quint8 { Environment, Keychain };

/// "env:NAME" or "keychain:NAME", alone or behind a word and a space ("Bearer env:NAME"): a value that is looked up when it
/// is sent.
struct Reference
{
    QString before; ///< "Bearer ", or empty
    KeyPlace place = KeyPlace::Environment;
    QString name;
};
std::optional<Reference> referenceIn(const QString &value);
bool isReference(const QString &value);
/// A header's or a query's value that is a secret or a reference to one, by its name or its look.
bool mayBeSecret(const QString &name, const QString &value);
/// JSON schema of the configuration file, as far as providers and retry settings go.
QJsonObject configurationSchema();

} // namespace retryscope
