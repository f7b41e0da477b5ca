// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "protocols/provider.h"

#include <QStringList>

#include <span>

namespace retryscope {

enum class SnippetLanguage : quint8 { Curl, Python, JavaScript };

/// What the code does not do, though the app does.
enum class SnippetNote : quint8 {
    OneAttempt, ///< it asks once: no retry, no failover, no limit of time
    Proxy,      ///< the provider's proxy is not used
    Authority,  ///< the provider's own certificate authority is not trusted by it
};

/// Code that sends one request, to be run as it is.
struct Snippet
{
    QString text;          ///< ends with a newline
    QStringList variables; ///< of the environment, that must hold the keys; in the order in which they appear
    QVector<SnippetNote> notes;
};

/// Why there is no code.
struct SnippetProblem
{
    enum class Kind : quint8 {
        NotSayable, ///< the wire has no word for something in the prompt; `what` is the wire's sentence
        NoAddress,  ///< the provider has none that others can reach
        Unsendable, ///< a header or the address holds a control character; `what` names it
    };
    Kind kind = Kind::NotSayable;
    QString what;
};

/// One language, and how a request is written in it.
struct SnippetTraits
{
    SnippetLanguage language;
    const char *key;   ///< on the command line
    const char *label; ///< its name
    const char *file;  ///< what the code is usually saved as
};
std::span<const SnippetTraits> snippetLanguages();
/// None: there is no such language.
const SnippetTraits *snippetLanguage(QStringView key);

/// The request that is sent to this provider for this prompt, as code: address, headers and body are those of the provider's
/// wire. No key is looked up and none is in the code: each stands as the variable that its reference names, and so does
/// whatever could be a secret. The key for idempotency is left out, for it is another one each time.
Expected<Snippet, SnippetProblem> snippetFor(SnippetLanguage language, const ProviderConfig &provider,
                                             const ChatRequest &prompt);

} // namespace retryscope
