// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/inputtree.h"

#include <algorithm>

namespace retryscope::interchange {
namespace {

/// Ends the reading from wherever it is.
struct SnippetFault { InputError error; };

/// A strict reader of assignments, for both languages: not a parser of either.
class SnippetReader
{
public:
    SnippetReader(QString text, Language language) : m_text(std::move(text)), m_language(language) {}

    Input read()
    {
        Input root;
        root.kind = Input::Kind::Map;
        root.line = 1;
        for (skipSpace(true); !atEnd(); skipSpace(true)) {
            if (!passOver())
                assignment(root);
        }
        root.members += m_decorators;
        return root;
    }

private:
    bool python() const { return m_language == Language::Python; }
    bool atEnd() const { return m_at >= m_text.size(); }
    QChar at(qsizetype ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : QChar(); }
    bool startsWith(const char *word) const { return QStringView(m_text).mid(m_at).startsWith(QLatin1String(word)); }
    [[noreturn]] void fail(const QString &sentence) const { throw SnippetFault{{m_line, sentence}}; }
    void step()
    {
        if (at() == QLatin1Char('\n'))
            ++m_line;
        ++m_at;
    }
    void skipLine()
    {
        while (!atEnd() && at() != QLatin1Char('\n'))
            step();
    }
    void skipSpace(bool semicolons = false)
    {
        while (!atEnd()) {
            if (python() ? at() == QLatin1Char('#') : startsWith("//"))
                skipLine();
            else if (at().isSpace() || (semicolons && at() == QLatin1Char(';')))
                step();
            else
                break;
        }
    }
    bool take(char c)
    {
        skipSpace();
        if (at() != QLatin1Char(c))
            return false;
        step();
        return true;
    }
    void demand(char c)
    {
        if (!take(c))
            fail(QStringLiteral("Expected \"%1\" here; only assignments of calls with named options, as an export "
                                "writes them, can be read.")
                     .arg(QLatin1Char(c)));
    }
    static bool isName(QChar c) { return c == QLatin1Char('_') || c == QLatin1Char('$') || c.isLetterOrNumber(); }
    QString name()
    {
        skipSpace();
        const qsizetype from = m_at;
        while (isName(at()))
            step();
        if (from == m_at || m_text[from].isDigit())
            fail(QStringLiteral("Expected a name here; only assignments of calls with named options, as an export "
                                "writes them, can be read."));
        return m_text.mid(from, m_at - from);
    }
    QString dottedName()
    {
        QString all = name();
        while (at() == QLatin1Char('.') && isName(at(1))) {
            step();
            all += QLatin1Char('.') + name();
        }
        return all;
    }

    bool startsWithWord(const char *word) const
    {
        const qsizetype length = qsizetype(std::char_traits<char>::length(word));
        return startsWith(word) && !isName(at(length));
    }
    /// Code that sets nothing: imports, and in Python what a class or function says. A decorator may.
    bool passOver()
    {
        if (startsWithWord("import") || (python() && startsWithWord("from"))) {
            skipLine();
            return true;
        }
        if (python() && at() == QLatin1Char('@')) {
            decorator();
            return true;
        }
        if (!python() || !(startsWithWord("class") || startsWithWord("def")))
            return false;
        do { // the head, then all that stands further in, and empty lines
            skipLine();
            step();
        } while (!atEnd() && (at() == QLatin1Char(' ') || at() == QLatin1Char('\n') || at() == QLatin1Char('\t')));
        return true;
    }
    void decorator()
    {
        step();
        m_decorators.append({QStringLiteral("@%1").arg(m_line), expression(0)});
    }
    void assignment(Input &root)
    {
        if (!python()) {
            for (const char *word : {"export", "const", "let", "var"}) {
                if (startsWithWord(word)) {
                    m_at += qsizetype(std::char_traits<char>::length(word));
                    skipSpace();
                }
            }
        }
        const int line = m_line;
        const QString to = name();
        if (root.members.size() >= 1'000)
            fail(QStringLiteral("More than 1000 assignments."));
        if (root.member(to))
            fail(QStringLiteral("\"%1\" is assigned twice.").arg(to.left(60)));
        demand('=');
        Input value = expression(0);
        value.line = value.line ? value.line : line;
        root.members.append({to, value});
    }
    void count()
    {
        if (++m_count > mostInputValues)
            fail(QStringLiteral("More than %1 values.").arg(mostInputValues));
    }
    /// Terms joined by + or | are a list whose text is that sign.
    Input expression(int depth)
    {
        Input first = term(depth);
        skipSpace();
        if (!python() || (at() != QLatin1Char('+') && at() != QLatin1Char('|')))
            return first;
        const QChar sign = at();
        Input joined;
        joined.kind = Input::Kind::List;
        joined.text = sign;
        joined.line = first.line;
        joined.items.append(first);
        while (skipSpace(), at() == sign) {
            step();
            joined.items.append(term(depth));
        }
        return joined;
    }
    Input term(int depth)
    {
        if (depth > deepestInput)
            fail(QStringLiteral("More than %1 levels deep.").arg(deepestInput));
        count();
        skipSpace();
        Input value;
        value.line = m_line;
        if (at() == QLatin1Char('"') || at() == QLatin1Char('\'')) {
            value.kind = Input::Kind::Text;
            value.text = string();
        } else if (at().isDigit() || at() == QLatin1Char('-') || at() == QLatin1Char('.')) {
            value.kind = Input::Kind::Plain;
            value.text = number();
        } else if (at() == QLatin1Char('[')) {
            list(value, depth);
        } else if (at() == QLatin1Char('{')) {
            object(value, depth);
        } else if (take('(')) {
            const int line = value.line;
            value = expression(depth + 1);
            if (python() && take(','))
                value = tuple(value, line, depth);
            else
                demand(')');
        } else {
            named(value, depth);
        }
        return value;
    }
    Input tuple(const Input &first, int line, int depth)
    {
        Input all;
        all.kind = Input::Kind::List;
        all.line = line;
        all.items.append(first);
        while (!take(')')) {
            all.items.append(expression(depth + 1));
            if (!take(',')) {
                demand(')');
                break;
            }
        }
        return all;
    }
    QString number()
    {
        const qsizetype from = m_at;
        while (isName(at()) || at() == QLatin1Char('.') || at() == QLatin1Char('-') || at() == QLatin1Char('+')) {
            const bool exponent = at().toLower() == QLatin1Char('e');
            step();
            if (!exponent && (at() == QLatin1Char('+') || at() == QLatin1Char('-')))
                break;
        }
        QString text = m_text.mid(from, m_at - from);
        return text.remove(QLatin1Char('_')); // 30_000 in both
    }
    ushort hex(int digits)
    {
        const QString text = m_text.mid(m_at, digits);
        bool ok = false;
        const ushort code = text.toUShort(&ok, 16);
        if (!ok || text.size() < digits)
            fail(QStringLiteral("An escape in a text is not complete."));
        m_at += digits;
        return code;
    }
    QString string()
    {
        const QChar quote = at();
        QString text;
        for (step(); at() != quote; step()) {
            if (atEnd() || at() == QLatin1Char('\n'))
                fail(QStringLiteral("A text has no end on its line."));
            if (at() != QLatin1Char('\\')) {
                text += at();
                continue;
            }
            step();
            static const QString from = QStringLiteral("nrtbf0"), to = QStringLiteral("\n\r\t\b\f") + QChar(0);
            if (at() == QLatin1Char('u') || at() == QLatin1Char('x')) {
                const int digits = at() == QLatin1Char('u') ? 4 : 2;
                step();
                text += QChar(hex(digits));
                --m_at; // the loop steps on
            } else if (const qsizetype known = from.indexOf(at()); known >= 0) {
                text += to[known];
            } else {
                text += at();
            }
        }
        step();
        return text;
    }
    void list(Input &value, int depth)
    {
        value.kind = Input::Kind::List;
        demand('[');
        while (!take(']')) {
            value.items.append(expression(depth + 1));
            if (!take(',')) {
                demand(']');
                return;
            }
        }
    }
    void member(Input &value, const QString &key, int depth)
    {
        if (value.member(key))
            fail(QStringLiteral("\"%1\" is given twice.").arg(key.left(60)));
        if (value.members.size() >= 1'000)
            fail(QStringLiteral("More than 1000 names in one place."));
        value.members.append({key, expression(depth + 1)});
    }
    void object(Input &value, int depth)
    {
        value.kind = Input::Kind::Map;
        demand('{');
        while (!take('}')) {
            skipSpace();
            const QString key = at() == QLatin1Char('"') || at() == QLatin1Char('\'') ? string() : name();
            demand(':');
            member(value, key, depth);
            if (!take(',')) {
                demand('}');
                return;
            }
        }
    }
    /// A word, a variable of the environment, or a call.
    void named(Input &value, int depth)
    {
        QString word = dottedName();
        if (!python() && word == QLatin1String("new"))
            word = dottedName();
        if (python() && word == QLatin1String("os.environ") && take('[')) {
            skipSpace();
            value.kind = Input::Kind::Text;
            value.text = QStringLiteral("env:") + (at() == QLatin1Char('"') || at() == QLatin1Char('\'') ? string() : name());
            demand(']');
            return;
        }
        if (!python() && word.startsWith(QLatin1String("process.env."))) {
            value.kind = Input::Kind::Text;
            value.text = QStringLiteral("env:") + word.mid(12);
            return;
        }
        if (!take('(')) {
            value.kind = word == QLatin1String("None") || word == QLatin1String("null") || word == QLatin1String("undefined")
                             ? Input::Kind::Null
                             : Input::Kind::Plain;
            value.text = word == QLatin1String("True")    ? QStringLiteral("true")
                         : word == QLatin1String("False") ? QStringLiteral("false")
                                                          : word;
            return;
        }
        arguments(value, depth);
        value.text = word;
    }
    /// Of a call. An object as the only one is its options, as JavaScript has them.
    void arguments(Input &value, int depth)
    {
        value.kind = Input::Kind::Map;
        while (!take(')')) {
            skipSpace();
            qsizetype end = m_at;
            while (end < m_text.size() && isName(m_text[end]))
                ++end;
            while (end < m_text.size() && m_text[end] == QLatin1Char(' '))
                ++end;
            const bool isNamed = python() && end > m_at && end < m_text.size() && m_text[end] == QLatin1Char('=');
            if (isNamed) {
                const QString key = name();
                demand('=');
                member(value, key, depth);
            } else {
                value.items.append(expression(depth + 1));
            }
            if (!take(',')) {
                demand(')');
                break;
            }
        }
        if (!python() && value.items.size() == 1 && value.items.first().kind == Input::Kind::Map) {
            const Input options = value.items.takeFirst();
            value.members = options.members;
        }
    }

    QString m_text;
    Language m_language;
    QVector<std::pair<QString, Input>> m_decorators;
    qsizetype m_at = 0;
    int m_line = 1, m_count = 0;
};

} // namespace

InputResult readSnippet(const QByteArray &bytes, Language language)
{
    if (bytes.size() > largestInput)
        return Unexpected{InputError{0, QStringLiteral("The file is larger than 256 KB and so no configuration.")}};
    try {
        return SnippetReader(QString::fromUtf8(bytes), language).read();
    } catch (const SnippetFault &fault) {
        return Unexpected{fault.error};
    }
}

} // namespace retryscope::interchange
