// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "protocols/chat.h"

namespace retryscope {

/// One prompt of a batch.
struct BatchPrompt
{
    Prompt prompt;
    QString id;   ///< its owner's name for it (id, custom_id); may be empty
    int line = 0; ///< of the file, from 1
};
using BatchPrompts = QVector<BatchPrompt>;

enum class LineProblem : quint8 {
    NotJson,  ///< detail: the parser's words
    JsonList, ///< the line is a list: one value a line is wanted
    NoPrompt, ///< neither a text nor an object with "prompt", "messages" or "body"
    EmptyPrompt,
    WrongValue,  ///< detail: the field
    UnknownPath, ///< detail: the url
    NotUtf8,
    TooLong,    ///< the line, or the record
    OpenQuote,  ///< CSV: a quote that begins a field has no end
    AfterQuote, ///< CSV: text behind a closing quote
    FieldCount, ///< CSV: detail: "3 of 2"
    UnknownField,  ///< no obstacle: detail: what stands beside "prompt", and is left out
    UnknownColumn, ///< no obstacle: the same of the header of a CSV file
    NotSent,       ///< no obstacle: detail: fields of a body that are left out
    Unfilled,      ///< no obstacle: detail: a {{variable}} that is sent as it is written, here for the first time
};
/// A problem stands in the way; a remark does not: the prompt is sent, without what is named.
inline bool isRemark(LineProblem problem) { return problem >= LineProblem::UnknownField; }
/// What may stand beside "prompt", and that itself, as one reads it.
const QStringList &batchFields();

struct LineIssue
{
    int line = 0;
    LineProblem problem = LineProblem::NotJson;
    QString detail;
    bool operator==(const LineIssue &) const = default;
};

/// What is wrong with the file as a whole.
enum class InputFault : quint8 {
    Unreadable, ///< detail: goes on behind the path
    Empty,
    NotUtf8,        ///< UTF-16, or bytes that are no text
    NoPromptColumn, ///< CSV: detail: the columns that are there
    TooMany,        ///< prompts
};
struct BatchFault
{
    InputFault fault = InputFault::Empty;
    QString detail;
};

/// What a file holds: the prompts that could be read, and what is to be said of the other lines.
struct BatchInput
{
    BatchPrompts prompts;
    QVector<LineIssue> issues; ///< by line; at most mostLineIssues, the rest is counted
    int moreIssues = 0;
    int problems = 0; ///< lines that cannot be sent
};

inline constexpr qint64 largestBatchFile = 64 << 20;
inline constexpr qsizetype longestBatchLine = 4 << 20; ///< bytes
inline constexpr int mostBatchPrompts = 10'000, mostLineIssues = 100;

enum class BatchFormat : quint8 { JsonLines, Csv, Lines };
/// By the name's ending (.csv, .tsv; .jsonl, .ndjson, .json; .txt), else by what the first line looks like.
BatchFormat batchFormatOf(const QString &name, const QByteArray &bytes);

/// JSON Lines: each line is a text, an object with "prompt" (and "system", "model", "max_tokens", "id"), a body with "messages",
/// or a line of OpenAI's batch files ("custom_id", "url", "body"). CSV (RFC 4180; comma, semicolon or tab): a header that names
/// "prompt", and the same fields. Lines: each is a prompt. Empty lines are passed over. What a line does not say is as in
/// `usual`; every prompt has a limit of tokens. Further fields and columns take the places of {{variables}} of the prompt and
/// the system prompt that have their names, whatever the case; a body goes as it is.
Expected<BatchInput, BatchFault> readBatch(const QByteArray &bytes, BatchFormat format, const Prompt &usual = {});
/// Reads the disk: not for the window's thread.
Expected<BatchInput, BatchFault> readBatchFile(const QString &path, const Prompt &usual = {});

/// The records of a CSV file, one by one.
class CsvReader
{
public:
    CsvReader(const QByteArray &bytes, char separator) : m_bytes(bytes), m_separator(separator) {}
    struct Record
    {
        QVector<QByteArray> fields;
        int line = 0;                       ///< where it begins
        std::optional<LineProblem> problem; ///< the fields are not whole then
        bool isEmpty() const { return !problem && fields.size() == 1 && fields.first().isEmpty(); }
    };
    bool atEnd() const { return m_at >= m_bytes.size(); }
    Record next();

private:
    bool readQuoted(QByteArray *field);
    void skipLine();
    bool endOfLine();

    const QByteArray &m_bytes;
    char m_separator;
    qsizetype m_at = 0;
    int m_line = 1;
};

} // namespace retryscope
