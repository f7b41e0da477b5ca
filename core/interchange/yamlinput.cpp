// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "interchange/inputtree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <QHash>
#include <QRegularExpression>

#include <algorithm>
#include <sstream>
#include <utility>

namespace retryscope::interchange {
namespace {

/// Ends the parser from inside of an event.
struct YamlLimit { InputError error; };

int lineOf(const YAML::Mark &mark) { return mark.line < 0 ? 0 : mark.line + 1; }

/// Builds the tree from the parser's events. Aliases are copied, so that whatever is built is finite and counted.
class YamlBuilder final : public YAML::EventHandler
{
public:
    Input root;

    void OnDocumentStart(const YAML::Mark &) override
    {
        root = {};
        m_anchors.clear(); // each document has names of its own
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override { leaf(mark, anchor, Input::Kind::Null, {}); }
    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  const std::string &value) override
    {
        static const QRegularExpression null(QStringLiteral("^(~|null|Null|NULL|)$"));
        const QString text = QString::fromStdString(value);
        const bool plain = tag == "?"; // "!": in quotes
        leaf(mark, anchor, plain ? null.match(text).hasMatch() ? Input::Kind::Null : Input::Kind::Plain : Input::Kind::Text,
             text);
    }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        const auto known = m_anchors.constFind(quint64(anchor));
        if (known == m_anchors.constEnd())
            throw YamlLimit{{lineOf(mark), QStringLiteral("An alias stands inside of what it names.")}};
        count(mark, known->count);
        place(known->value, mark);
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(mark, anchor, Input::Kind::List);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(mark, anchor, Input::Kind::Map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Anchored { Input value; int count = 1; };
    struct Open
    {
        Input value;
        YAML::anchor_t anchor = 0;
        QString key;
        bool hasKey = false;
        int before = 0; ///< values counted when it was opened
    };

    void count(const YAML::Mark &mark, int more)
    {
        m_count += more;
        if (m_count > mostInputValues)
            throw YamlLimit{{lineOf(mark), QStringLiteral("More than %1 values.").arg(mostInputValues)}};
    }
    void leaf(const YAML::Mark &mark, YAML::anchor_t anchor, Input::Kind kind, const QString &text)
    {
        count(mark, 1);
        Input value;
        value.kind = kind;
        value.text = text;
        value.line = lineOf(mark);
        if (anchor)
            m_anchors.insert(quint64(anchor), {value, 1});
        place(value, mark);
    }
    void open(const YAML::Mark &mark, YAML::anchor_t anchor, Input::Kind kind)
    {
        if (m_open.size() >= deepestInput)
            throw YamlLimit{{lineOf(mark), QStringLiteral("More than %1 levels deep.").arg(deepestInput)}};
        if (!m_open.isEmpty() && m_open.last().value.kind == Input::Kind::Map && !m_open.last().hasKey)
            throw YamlLimit{{lineOf(mark), QStringLiteral("A list or a map cannot be a key here.")}};
        count(mark, 1);
        Open opened;
        opened.value.kind = kind;
        opened.value.line = lineOf(mark);
        opened.anchor = anchor;
        opened.before = m_count;
        m_open.append(opened);
    }
    void close()
    {
        Open closed = m_open.takeLast();
        if (closed.value.member(QStringLiteral("<<")))
            merge(closed.value);
        if (closed.anchor)
            m_anchors.insert(quint64(closed.anchor), {closed.value, m_count - closed.before + 1});
        place(closed.value, YAML::Mark::null_mark());
    }
    /// "<<": what the map itself says goes before what is merged.
    static void merge(Input &map)
    {
        const QVector<std::pair<QString, Input>> members = std::exchange(map.members, {});
        for (const auto &[key, value] : members) {
            if (key != QLatin1String("<<"))
                map.members.append({key, value});
        }
        for (const auto &[key, value] : members) {
            if (key != QLatin1String("<<"))
                continue;
            const QVector<Input> sources = value.kind == Input::Kind::List ? value.items : QVector<Input>{value};
            for (const Input &source : sources) {
                for (const auto &[name, inherited] : source.members) {
                    if (!map.member(name))
                        map.members.append({name, inherited});
                }
            }
        }
    }
    void place(const Input &value, const YAML::Mark &mark)
    {
        if (m_open.isEmpty()) {
            root = value;
            return;
        }
        Open &in = m_open.last();
        if (in.value.kind == Input::Kind::List) {
            in.value.items.append(value);
        } else if (!in.hasKey) {
            if (!value.isScalar())
                throw YamlLimit{{lineOf(mark), QStringLiteral("A key must be a text.")}};
            in.key = value.text;
            in.hasKey = true;
        } else {
            in.hasKey = false;
            if (in.value.member(in.key))
                throw YamlLimit{{value.line, QStringLiteral("\"%1\" stands twice in one map.").arg(in.key.left(60))}};
            in.value.members.append({in.key, value});
            if (in.value.members.size() > 1'000)
                throw YamlLimit{{value.line, QStringLiteral("More than 1000 keys in one map.")}};
        }
    }

    QVector<Open> m_open;
    QHash<quint64, Anchored> m_anchors;
    int m_count = 0;
};

} // namespace

DocumentsResult readYaml(const QByteArray &bytes)
{
    if (bytes.size() > largestInput)
        return Unexpected{InputError{0, QStringLiteral("The file is larger than 256 KB and so no configuration.")}};
    try {
        std::istringstream stream(bytes.toStdString());
        YAML::Parser parser(stream);
        YamlBuilder builder;
        QVector<Input> documents;
        while (parser.HandleNextDocument(builder)) {
            if (builder.root.kind == Input::Kind::Map)
                documents.append(builder.root);
            else if (builder.root.kind != Input::Kind::Null)
                return Unexpected{InputError{std::max(1, builder.root.line),
                                             QStringLiteral("The file must hold a YAML map of names and values.")}};
        }
        if (documents.isEmpty())
            return Unexpected{InputError{1, QStringLiteral("The file must hold a YAML map of names and values.")}};
        return documents;
    } catch (const YamlLimit &limit) {
        return Unexpected{limit.error};
    } catch (const YAML::Exception &e) {
        return Unexpected{
            InputError{lineOf(e.mark), QStringLiteral("Not valid YAML: %1.").arg(QString::fromStdString(e.msg))}};
    }
}

} // namespace retryscope::interchange
