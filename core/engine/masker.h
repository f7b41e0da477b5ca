// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/transport.h"

#include <QStringList>

#include <functional>
#include <vector>

namespace retryscope {

/// Takes out of what a server says whatever must not be kept: the key that it was asked with ("[key]"), and what was asked
/// and answered ("[prompt]", "[answer]").
///
/// The key is found as it is and in upper or lower case, and so with any of its characters percent-encoded (also twice),
/// as \uXXXX or otherwise escaped with backslashes, or as a character reference of HTML; also in hexadecimal, and in base64
/// and base64url at any offset, whatever stands before and behind it. A key of fewer than 6 characters is only taken for
/// one where no letter or digit touches it: it may be a part of any word. Our own sentences are not for it.
class Masker
{
public:
    Masker() = default;
    /// `asked`: what must not come back, such as the prompt and the system prompt.
    explicit Masker(const QByteArray &key, const QStringList &asked = {});
    /// The same, looked up only where a text is long enough to hold some of it.
    using Asked = std::function<QStringList()>;
    void hideAsked(Asked asked) { m_asked = std::move(asked); }
    /// One more key; an empty one is none.
    void hide(const QByteArray &key);

    /// A sentence of the server, before it is shortened or after: a part of the key at the end of a long one goes too.
    /// Parts of at least 16 characters of what was asked, and of `answer`, go; shorter prompts where they stand whole.
    QString text(const QString &text, const QString &answer = {}) const;
    /// The same text where nothing is found. In JSON only values are looked at, so that it stays JSON.
    QByteArray body(const QByteArray &body) const;
    /// Names and values.
    HttpHeaders headers(const HttpHeaders &headers) const;

private:
    struct Pattern
    {
        QString text;
        bool anyCase = true;
        bool base64 = false;
        bool whole = false;  ///< only where no letter or digit touches it
        bool before = false, behind = false; ///< base64: the character there holds some bits of the key
    };
    struct Found { qsizetype from = -1, to = -1; };

    void add(Pattern pattern);
    QString withoutKey(const QString &text, bool cut) const;
    Found find(const Pattern &pattern, const QString &text, qsizetype from, bool cut) const;
    QJsonValue value(const QJsonValue &value) const;

    std::vector<Pattern> m_patterns;
    std::vector<bool> m_first; ///< by Latin-1 code: something may begin with it
    Asked m_asked;
};

} // namespace retryscope
