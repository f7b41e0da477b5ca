// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "config/configuration.h"
#include "interchange/inputtree.h"

#include <QSet>
#include <QStringList>

namespace retryscope::interchange {

/// What an import makes of a file, on top of the configuration that it starts from: values that the file does not tell stay.
class Importing
{
public:
    explicit Importing(const Configuration &base);

    /// A value of the retry settings; one out of its range is brought to its end, and that is told.
    void set(const char *field, double value, const QString &where = {}, int line = 0);
    void setWord(const char *field, const char *word) { m_retry[QLatin1String(field)] = QLatin1String(word); }
    void setFlag(const char *field, bool value) { m_retry[QLatin1String(field)] = value; }
    double number(const char *field) const { return m_retry[QLatin1String(field)].toDouble(); }
    /// Attempts for one reason; as many as `general` gives it are no word of its own.
    void setAttempts(RetryReason reason, int attempts, int general, const QString &where, int line);
    /// The file's providers take the place of the others, which are gone. A wrong id is made a right one, and never one twice.
    void addProvider(ProviderConfig provider);
    /// The base's own provider with one of these protocols, else the vendor's as it is usually set up.
    ProviderConfig providerFor(const QStringList &protocols) const;
    qsizetype providerCount() const { return m_providers.size(); }

    void warn(const QString &where, int line, const QString &message);
    void fail(const QString &where, int line, const QString &message);
    /// Stands in the file and has no counterpart.
    void passOver(const QString &where, int line);

    struct Done
    {
        Configuration configuration;
        ConfigIssues issues;
        QStringList notTaken;
    };
    /// Contradictions that the file's tool allows are resolved, and that is told; then checked as any configuration.
    Done finish();

private:
    void resolve(const char *longer, const char *shorter);

    Configuration m_base;
    QJsonObject m_retry;
    ProviderConfigs m_providers;
    QSet<QString> m_ids;
    ConfigIssues m_issues;
    QStringList m_notTaken;
};

/// A map of the file that is read key by key; what nobody asked for is listed when it goes.
class Section
{
public:
    /// `input` may be none: then every value is absent.
    Section(const Input *input, QString path, Importing &into);
    ~Section();
    Section(const Section &) = delete;
    Section &operator=(const Section &) = delete;

    bool exists() const { return m_input; }
    /// Something other than null stands there.
    bool has(const char *key) const;
    int line() const { return m_input ? m_input->line : 0; }
    QString path(const QString &key) const { return m_path.isEmpty() ? key : m_path + QLatin1Char('.') + key; }
    const Input *take(const QString &key);
    const Input *take(const char *key) { return take(QString(QLatin1String(key))); }
    /// Of the value named last.
    int lastLine() const { return m_lastLine; }

    // None: absent, null, or a wrong form, which is told.
    std::optional<double> number(const char *key);
    std::optional<int> whole(const char *key);
    std::optional<bool> flag(const char *key);
    std::optional<QString> text(const char *key);
    const QVector<Input> *list(const char *key);
    QStringList keys() const;

    /// Here the number is always `ours`: another one is listed.
    void only(const char *key, double ours);
    /// Takes the value where `other`, a map too, says the same; else it is listed.
    void takeIfSame(const char *key, const Input *other);

    /// Sets the field, where the file has a number for it, times `factor`.
    bool set(const char *field, const char *key, double factor = 1.0);
    /// The same of a duration in the file's own form.
    using ReadDuration = std::optional<double> (*)(const QString &);
    bool setDuration(const char *field, const char *key, ReadDuration read, const char *form);
    std::optional<double> duration(const char *key, ReadDuration read, const char *form);

private:
    void wrong(const char *key, const char *form);

    const Input *m_input;
    QString m_path;
    Importing &m_into;
    QSet<QString> m_taken;
    int m_lastLine = 0;
};

/// "env:NAME" as the file's reference names it, or none and a word about a key that stands in the file itself, which is never
/// repeated. `prefix`, `suffix`: what the tool writes around a variable's name.
QString keyReference(const QString &text, const QString &prefix, const QString &suffix, const QString &where, int line,
                     Importing &into);
/// "name, line 4".
QString placed(const QString &where, int line);

} // namespace retryscope::interchange
