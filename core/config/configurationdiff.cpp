// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/configurationdiff.h"
#include "config/retryfields.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {
namespace {

const QString providersKey = QStringLiteral("providers");
const QString orderKey = QStringLiteral("provider_order");

/// The file's object, with the list of providers as an object by id and a list of ids.
QJsonObject treeOf(const Configuration &configuration)
{
    QJsonObject tree = QJsonDocument::fromJson(toJson(configuration)).object();
    QJsonObject byId;
    QJsonArray order;
    for (const QJsonValue &provider : tree.value(providersKey).toArray()) {
        const QString id = provider[QLatin1String("id")].toString();
        byId[id] = provider;
        order.append(id);
    }
    tree[providersKey] = byId;
    tree[orderKey] = order;
    return tree;
}

/// Every provider once: in the order that the tree names, those it forgot behind.
Configuration fromTree(QJsonObject tree, const QJsonArray &otherOrder)
{
    const QJsonObject byId = tree.take(providersKey).toObject();
    QStringList ids;
    for (const QJsonArray &order :
         {tree.take(orderKey).toArray(), otherOrder, QJsonArray::fromStringList(byId.keys())}) {
        for (const QJsonValue &id : order) {
            if (byId.contains(id.toString()) && !ids.contains(id.toString()))
                ids << id.toString();
        }
    }
    QJsonArray providers;
    for (const QString &id : std::as_const(ids))
        providers.append(byId[id]);
    tree[providersKey] = providers;
    return uncheckedConfiguration(tree);
}

QStringList keysOf(std::initializer_list<QJsonValue> values)
{
    QStringList keys;
    for (const QJsonValue &value : values)
        keys << value.toObject().keys();
    keys.sort();
    keys.removeDuplicates();
    return keys;
}

void compare(const ConfigurationPath &path, const QJsonValue &before, const QJsonValue &after,
             ConfigurationChanges *changes)
{
    if (before == after)
        return;
    if (!before.isObject() || !after.isObject())
        return changes->append({path, before, after});
    for (const QString &key : keysOf({before, after}))
        compare(path + QStringList(key), before.toObject().value(key), after.toObject().value(key), changes);
}

class Merger
{
public:
    Merger(const QSet<ConfigurationPath> &takeTheirs, ConfigurationMerge *merge)
        : m_takeTheirs(takeTheirs), m_merge(merge)
    {}

    QJsonValue merge(const ConfigurationPath &path, const QJsonValue &base, const QJsonValue &mine,
                     const QJsonValue &theirs)
    {
        if (mine == theirs || base == theirs)
            return mine;
        if (base == mine) {
            compare(path, mine, theirs, &m_merge->taken);
            return theirs;
        }
        if (mine.isObject() && theirs.isObject() && (base.isObject() || base.isUndefined())) {
            QJsonObject merged;
            for (const QString &key : keysOf({base, mine, theirs})) {
                const QJsonValue value = merge(path + QStringList(key), base.toObject().value(key),
                                               mine.toObject().value(key), theirs.toObject().value(key));
                if (!value.isUndefined())
                    merged[key] = value;
            }
            return merged;
        }
        m_merge->conflicts.append({path, base, mine, theirs});
        return m_takeTheirs.contains(path) ? theirs : mine;
    }

private:
    const QSet<ConfigurationPath> &m_takeTheirs;
    ConfigurationMerge *m_merge;
};

QJsonObject replaced(QJsonObject object, const ConfigurationPath &path, const QJsonValue &value)
{
    const QString key = path.first();
    if (path.size() > 1) {
        object[key] = replaced(object.value(key).toObject(), path.mid(1), value);
        return object;
    }
    if (value.isUndefined())
        object.remove(key);
    else
        object[key] = value;
    return object;
}

} // namespace

Configuration uncheckedConfiguration(const QJsonObject &file)
{
    Configuration configuration = configurationFromJson(QJsonDocument(file).toJson()).configuration;
    const QJsonObject retry = file[QLatin1String("retry")].toObject();
    for (const RetryConfigField &field : retryConfigFields()) {
        const QJsonValue value = retry[QLatin1String(field.key)];
        if (field.kind != FieldKind::Choice && field.kind != FieldKind::Switch && value.isDouble())
            field.set(configuration.retry, value.toDouble());
    }
    return configuration;
}

ConfigurationChanges changesBetween(const Configuration &before, const Configuration &after)
{
    ConfigurationChanges changes;
    if (!(before == after))
        compare({}, treeOf(before), treeOf(after), &changes);
    return changes;
}

ConfigurationMerge mergeConfigurations(const Configuration &base, const Configuration &mine,
                                       const Configuration &theirs, const QSet<ConfigurationPath> &takeTheirs)
{
    ConfigurationMerge merge;
    const QJsonObject other = treeOf(theirs);
    const QJsonValue merged = Merger(takeTheirs, &merge).merge({}, treeOf(base), treeOf(mine), other);
    merge.merged = fromTree(merged.toObject(), other[orderKey].toArray());
    return merge;
}

QJsonValue valueAt(const Configuration &configuration, const ConfigurationPath &path)
{
    QJsonValue value = treeOf(configuration);
    for (const QString &key : path)
        value = value.toObject().value(key);
    return value;
}

Configuration withValue(const Configuration &configuration, const ConfigurationPath &path, const QJsonValue &value)
{
    const QJsonObject tree = treeOf(configuration);
    return path.isEmpty() ? configuration : fromTree(replaced(tree, path, value), tree[orderKey].toArray());
}

} // namespace retryscope
