// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interchange/interchange.h"

#include <QString>
#include <QVector>

#include <utility>

namespace retryscope::interchange {

/// A value of a file that was read, whatever its syntax.
struct Input
{
    enum class Kind : quint8 { Null, Plain, Text, List, Map };
    Kind kind = Kind::Null;
    QString text;                              ///< Plain (a number or word), Text; the name of what is called (Map)
    QVector<Input> items;                      ///< List; what a call is given without a name (Map)
    QVector<std::pair<QString, Input>> members; ///< Map
    int line = 0;                              ///< from 1; 0: not known

    bool operator==(const Input &) const = default;
    const Input *member(const QString &key) const;
    /// Wherever it stands in its file.
    bool saysTheSameAs(const Input &other) const;
    bool isScalar() const { return kind == Kind::Plain || kind == Kind::Text; }
};

/// Why a file is not read.
struct InputError
{
    int line = 0;     ///< from 1; 0: not known
    QString sentence; ///< starts with a capital
};
using InputResult = Expected<Input, InputError>;

inline constexpr qsizetype largestInput = largestInterchangeFile;
inline constexpr int deepestInput = 40, mostInputValues = 50'000;

/// One object.
InputResult readJson(const QByteArray &bytes);
/// The same with // and /* */ and a comma after the last one, as .NET reads it.
InputResult readCommentedJson(const QByteArray &bytes);
/// The documents that are not empty, at least one, each of which must be a map. Anchors and merge keys are followed, within the
/// limits above, which hold for all of them together.
using DocumentsResult = Expected<QVector<Input>, InputError>;
DocumentsResult readYaml(const QByteArray &bytes);

enum class Language : quint8 { Python, JavaScript };
/// Assignments of calls and objects with named values, such as the exporters write; a map of them by name, and calls with the
/// name of what is called as their text; a decorator of Python's goes by "@" and its line. Imports, classes and functions are
/// passed over; anything else is an error with its line. os.environ["NAME"] and process.env.NAME read as the text "env:NAME".
InputResult readSnippet(const QByteArray &bytes, Language language);

} // namespace retryscope::interchange
