// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configuration.h"
#include "engine/providercheck.h"
#include "theme/theme.h"

#include <QAbstractTableModel>
#include <QHash>

namespace retryscope {

/// The providers of a draft in the order of the file, one a row, with what is known of their keys and of their last check.
class ProviderTableModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Order, Enabled, Name, Model, Key, Check, Protocol, Address, ColumnCount };
    explicit ProviderTableModel(const Theme &theme, QObject *parent = nullptr);

    /// `inForce`: rows that differ are marked.
    void show(const Configuration &draft, const Configuration &inForce);
    /// What was found of a provider that was configured so.
    void setReport(const CheckReport &report, const ProviderConfig &checked);
    const CheckReport *report(const ProviderId &provider) const;
    /// The provider was changed since it was checked.
    bool isOutdated(const ProviderId &provider) const;
    const ProviderConfig *at(int row) const;
    int rowOf(const ProviderId &provider) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }

signals:
    void enabledToggled(const QString &provider, bool enabled);

private:
    struct Checked
    {
        CheckReport report;
        ProviderConfig config;
    };
    QString text(const ProviderConfig &provider, int column) const;
    QString toolTip(const ProviderConfig &provider, int column) const;

    const Theme &m_theme;
    ProviderConfigs m_providers;
    QHash<ProviderId, int> m_places;              ///< in which they are asked, from 1; of those that are enabled
    QHash<ProviderId, QString> m_keys, m_keyTips; ///< looked up when the draft changed
    QSet<ProviderId> m_changed;
    QHash<ProviderId, Checked> m_checked;
};

/// "OPENAI_API_KEY ✓" for what keys a provider is asked with and whether they are there; `tip` says more.
QString keyText(const ProviderConfig &provider, QString *tip);
/// "Calls go: A → B", by priority; a sentence where nobody is enabled.
QString callsGoText(const Configuration &configuration);

} // namespace retryscope
