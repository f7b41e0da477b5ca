// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/providertablemodel.h"

#include "engine/credentials.h"
#include "protocols/registry.h"
#include "words/checkwords.h"
#include "words/isolatedname.h"

#include <algorithm>

namespace retryscope {

QString keyText(const ProviderConfig &provider, QString *tip)
{
    tip->clear();
    if (provider.simulated) {
        *tip = ProviderTableModel::tr("Simulated: it takes no key.");
        return ProviderTableModel::tr("simulated");
    }
    QStringList shown, tips;
    for (const KeyChoice &key : keysOf(provider)) {
        const auto credentials = resolveCredentials(provider, key.account);
        const QString name = key.reference.section(QLatin1Char(':'), 1);
        if (!credentials)
            tips << credentials.error().sentence;
        else if (!key.reference.isEmpty())
            tips << ProviderTableModel::tr("%1 is set.").arg(name);
        if (!key.reference.isEmpty())
            shown << QStringLiteral("%1 %2").arg(credentials ? QStringLiteral("✓") : QStringLiteral("✗"), name);
        else if (!credentials) // of a header
            shown << QStringLiteral("✗ %1").arg(ProviderTableModel::tr("a header's"));
        else
            shown << (credentials->secrets.isEmpty() ? ProviderTableModel::tr("none")
                                                     : ProviderTableModel::tr("✓ in a header"));
    }
    *tip = tips.join(QLatin1Char('\n'));
    return shown.join(QStringLiteral(", "));
}

QString callsGoText(const Configuration &configuration)
{
    QStringList names;
    for (const ProviderConfig &p : inOrder(configuration.providers)) {
        if (p.enabled)
            names << isolatedName(p.name);
    }
    return names.isEmpty() ? ProviderTableModel::tr("Calls go nowhere: no provider is enabled.")
                           : ProviderTableModel::tr("Calls go: %1").arg(names.join(QStringLiteral(" → ")));
}

ProviderTableModel::ProviderTableModel(const Theme &theme, QObject *parent)
    : QAbstractTableModel(parent), m_theme(theme)
{}

void ProviderTableModel::show(const Configuration &draft, const Configuration &inForce)
{
    const auto idsOf = [](const ProviderConfigs &providers) {
        QStringList ids;
        for (const ProviderConfig &p : providers)
            ids << p.id;
        return ids;
    };
    const bool sameRows = idsOf(draft.providers) == idsOf(m_providers);
    if (!sameRows)
        beginResetModel();
    m_providers = draft.providers;
    m_places.clear();
    m_changed.clear();
    m_keys.clear();
    m_keyTips.clear();
    int place = 0;
    for (const ProviderConfig &p : inOrder(draft.providers)) {
        if (p.enabled)
            m_places[p.id] = ++place;
    }
    for (const ProviderConfig &p : draft.providers) {
        m_keys[p.id] = keyText(p, &m_keyTips[p.id]);
        const auto before = std::find_if(inForce.providers.begin(), inForce.providers.end(),
                                         [&](const ProviderConfig &other) { return other.id == p.id; });
        if (before == inForce.providers.end() || !(*before == p))
            m_changed.insert(p.id);
    }
    if (!sameRows)
        endResetModel();
    else if (!m_providers.isEmpty())
        emit dataChanged(index(0, 0), index(int(m_providers.size()) - 1, ColumnCount - 1));
}

void ProviderTableModel::setReport(const CheckReport &report, const ProviderConfig &checked)
{
    m_checked[report.provider] = {report, checked};
    if (const int row = rowOf(report.provider); row >= 0)
        emit dataChanged(index(row, Check), index(row, Check));
}

const CheckReport *ProviderTableModel::report(const ProviderId &provider) const
{
    const auto it = m_checked.constFind(provider);
    return it == m_checked.constEnd() ? nullptr : &it->report;
}

bool ProviderTableModel::isOutdated(const ProviderId &provider) const
{
    const auto it = m_checked.constFind(provider);
    const ProviderConfig *now = at(rowOf(provider));
    if (it == m_checked.constEnd() || !now)
        return false;
    ProviderConfig same = *now; // what no check depends on
    same.enabled = it->config.enabled;
    same.priority = it->config.priority;
    same.name = it->config.name;
    return !(same == it->config);
}

const ProviderConfig *ProviderTableModel::at(int row) const
{
    return row >= 0 && row < m_providers.size() ? &m_providers[row] : nullptr;
}

int ProviderTableModel::rowOf(const ProviderId &provider) const
{
    const auto it =
        std::find_if(m_providers.begin(), m_providers.end(), [&](const ProviderConfig &p) { return p.id == provider; });
    return it == m_providers.end() ? -1 : int(it - m_providers.begin());
}

int ProviderTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_providers.size());
}
int ProviderTableModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ProviderTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const std::array names{tr("#"),   tr("On"),         tr("Name"),     tr("Model"),
                           tr("Key"), tr("Last check"), tr("Protocol"), tr("Address")};
    return names[std::size_t(section)];
}

QString ProviderTableModel::text(const ProviderConfig &p, int column) const
{
    switch (column) {
    case Order: return m_places.contains(p.id) ? QString::number(m_places[p.id]) : QStringLiteral("–");
    case Name: return m_changed.contains(p.id) ? QStringLiteral("● ") + p.name : p.name;
    case Model: return p.model;
    case Key: return m_keys[p.id];
    case Protocol: return QLatin1String(wireOf(p.protocol).label);
    case Address: return p.simulated ? tr("on this machine") : p.baseUrl.toString();
    case Check: {
        const CheckReport *found = report(p.id);
        if (!found)
            return m_keys[p.id].contains(QStringLiteral("✗")) ? tr("✗ no key") : QStringLiteral("–");
        if (!found->isOver())
            return checkSentence(*found, p);
        const CheckVerdict verdict = verdictOf(*found);
        const QString word = verdict == CheckVerdict::Failed   ? QStringLiteral("✗ ") + toLabel(*stageToMend(*found))
                             : verdict == CheckVerdict::Usable ? tr("! works, no list")
                             : verdict == CheckVerdict::Well   ? tr("✓ passed")
                                                               : tr("stopped");
        return isOutdated(p.id) ? tr("%1, before edits").arg(word) : word;
    }
    default: return {};
    }
}

QString ProviderTableModel::toolTip(const ProviderConfig &p, int column) const
{
    switch (column) {
    case Order:
        return p.enabled ? tr("Its place in the order of calls. Alt+Up and Alt+Down move it, and so does dragging.")
                         : tr("Disabled: it is kept and never asked.");
    case Enabled: return p.enabled ? tr("Enabled. Space disables it.") : tr("Disabled. Space enables it.");
    case Name:
        return m_changed.contains(p.id) ? tr("%1 (%2): changed, not in force yet.").arg(p.name, p.id)
                                        : QStringLiteral("%1 (%2)").arg(p.name, p.id);
    case Key: return m_keyTips[p.id];
    case Check: {
        const CheckReport *found = report(p.id);
        return found ? checkSentence(*found, p) : tr("Not checked yet. %1").arg(m_keyTips[p.id]).trimmed();
    }
    default: return text(p, column);
    }
}

QVariant ProviderTableModel::data(const QModelIndex &index, int role) const
{
    const ProviderConfig *p = at(index.row());
    if (!p)
        return {};
    switch (role) {
    case Qt::DisplayRole: return text(*p, index.column());
    case Qt::ToolTipRole: return toolTip(*p, index.column());
    case Qt::CheckStateRole:
        return index.column() == Enabled ? QVariant(p->enabled ? Qt::Checked : Qt::Unchecked) : QVariant();
    case Qt::AccessibleTextRole:
        return index.column() == Enabled ? (p->enabled ? tr("enabled") : tr("disabled")) : text(*p, index.column());
    case Qt::ForegroundRole: {
        const QString shown = text(*p, index.column());
        if (shown.startsWith(QStringLiteral("✗")))
            return m_theme.stateText(ProviderState::Down);
        return p->enabled ? QVariant() : QVariant(m_theme.muted());
    }
    default: return {};
    }
}

Qt::ItemFlags ProviderTableModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    const Qt::ItemFlags all =
        Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
    return index.column() == Enabled ? all | Qt::ItemIsUserCheckable : all;
}

bool ProviderTableModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    const ProviderConfig *p = at(index.row());
    if (!p || role != Qt::CheckStateRole || index.column() != Enabled)
        return false;
    emit enabledToggled(p->id, value.toInt() == Qt::Checked);
    return true;
}

} // namespace retryscope
