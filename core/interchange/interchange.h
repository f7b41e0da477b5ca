// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "interchange/lossreport.h"

#include <optional>
#include <span>

namespace retryscope {

struct InterchangeTarget;

struct Exported
{
    QByteArray text;
    LossReport report;
};

/// The text of the target's file for a configuration without errors, the same for the same one. Its first line (in JSON its
/// first entry) says what made it, from what, and how many retries follow the first attempt. Keys are references in the
/// target's own form. `source` is what the configuration is called, such as its file's name.
Exported exportTo(const InterchangeTarget &target, const Configuration &configuration, const QString &source);

struct Imported
{
    Configuration configuration;
    ConfigIssues issues;  ///< any error means: do not apply. The place is the file's own, with its line where it is known
    QStringList notTaken; ///< what stands in the file and has no counterpart, each with its place
};

/// Larger is no configuration of another tool.
inline constexpr qint64 largestInterchangeFile = 256 << 10;

/// What a file of the target says, on top of `base`: what it cannot tell stays as it is there. A key that stands in the file
/// itself is not taken and not repeated.
Imported importFrom(const InterchangeTarget &target, const QByteArray &text, const Configuration &base);

/// What an import starts from where there is nothing else: the default settings and the vendors' own endpoints, enabled.
Configuration interchangeBase();

/// What a target's write function gives: the body, and how many retries it says.
struct WrittenBody
{
    QByteArray text;
    std::optional<int> retries; ///< none: they end with a time
    const char *each = "";      ///< "on each provider", where the number is that
};

namespace interchange {
class Importing;
}

/// Another tool whose configuration can be written and, mostly, read.
struct InterchangeTarget
{
    enum class Comment : quint8 { Hash, Slashes, JsonEntry };
    const char *key;    ///< on the command line
    const char *label;
    const char *file;   ///< what the text is usually saved as
    const char *about;  ///< one sentence
    const char *lost;   ///< why a value that it has no place for is not expressible
    Comment comment;
    WrittenBody (*write)(LossRecorder &record);
    void (*read)(const QByteArray &text, interchange::Importing &into); ///< none: it is only written
};
std::span<const InterchangeTarget> interchangeTargets();
/// None: no target is called so.
const InterchangeTarget *interchangeTarget(QStringView key);

} // namespace retryscope
