// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/retryconfig.h"
#include "simulator/scenario.h"

#include <QJsonObject>
#include <QSet>

namespace retryscope {

/// A word of a file for a value of an enum.
template <typename Enum> struct WordOf
{
    Enum value;
    const char *word;
};

/// Reads the fields of one object: what is missing keeps its value, what is wrong or unknown is reported.
class FieldReader
{
public:
    FieldReader(const QJsonObject &object, const QString &where, ConfigIssues *issues)
        : m_object(object), m_where(where), m_issues(issues)
    {}
    /// Reports what no field has asked for, but for `others`.
    void done(const QStringList &others = {});

    void number(const char *key, double &value, double least, double most);
    void integer(const char *key, int &value, int least, int most);
    void seconds(const char *key, Duration &value, double least, double most);
    void flag(const char *key, bool &value);
    template <typename Enum, std::size_t N> void choice(const char *key, Enum &value, const WordOf<Enum> (&words)[N])
    {
        QStringList known;
        for (const auto &w : words)
            known << QLatin1String(w.word);
        if (const int at = indexOf(key, known); at >= 0)
            value = words[at].value;
    }

private:
    QJsonValue take(const char *key);
    void wrong(const char *key, const QString &message);
    int indexOf(const char *key, const QStringList &words);

    const QJsonObject &m_object;
    QString m_where;
    ConfigIssues *m_issues;
    QSet<QString> m_asked;
};

/// Writes the fields of one object, all of them.
class FieldWriter
{
public:
    void number(const char *key, double value, double, double) { m_object[QLatin1String(key)] = value; }
    void integer(const char *key, int value, int, int) { m_object[QLatin1String(key)] = value; }
    void seconds(const char *key, Duration value, double, double) { m_object[QLatin1String(key)] = toSeconds(value); }
    void flag(const char *key, bool value) { m_object[QLatin1String(key)] = value; }
    template <typename Enum, std::size_t N> void choice(const char *key, Enum value, const WordOf<Enum> (&words)[N])
    {
        for (const auto &w : words) {
            if (w.value == value)
                m_object[QLatin1String(key)] = QLatin1String(w.word);
        }
    }
    const QJsonObject &object() const { return m_object; }

private:
    QJsonObject m_object;
};

} // namespace retryscope
