// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchtarget.h"

#include "widgets/elidedcombo.h"
#include "words/isolatedname.h"

#include <QComboBox>
#include <QLineEdit>
#include <QSignalBlocker>

#include <algorithm>

namespace retryscope {
namespace {

const QString onlyOne = QStringLiteral("only:"), chainFrom = QStringLiteral("from:");

QString shownName(const ProviderConfig &p) { return p.name.isEmpty() ? p.id : p.name; }

QString arrows(const ProviderConfigs &providers)
{
    QStringList names;
    for (const ProviderConfig &p : providers)
        names << isolatedName(shownName(p));
    return names.join(QStringLiteral(" → "));
}

} // namespace

BenchTarget::BenchTarget(QObject *parent) : QObject(parent), m_box(new ElidedCombo), m_model(new QLineEdit)
{
    m_box->setObjectName(QStringLiteral("routeBox"));
    m_box->setAccessibleName(tr("Whom this column asks"));
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(8);
    m_model->setObjectName(QStringLiteral("modelEdit"));
    m_model->setAccessibleName(tr("Model"));
    connect(m_box, &QComboBox::currentIndexChanged, this, [this] {
        m_wished = m_box->currentData().toString();
        showModel();
        emit changed();
    });
    connect(m_model, &QLineEdit::textChanged, this, &BenchTarget::changed);
}

void BenchTarget::setProviders(const ProviderConfigs &providers)
{
    {
        const QSignalBlocker quiet(m_box);
        m_enabled.clear();
        std::copy_if(providers.begin(), providers.end(), std::back_inserter(m_enabled),
                     [](const ProviderConfig &p) { return p.enabled; });
        m_box->clear();
        m_box->addItem(m_enabled.isEmpty() ? tr("No provider is enabled")
                                           : tr("Whole chain: %1").arg(arrows(m_enabled)),
                       QString());
        for (const ProviderConfig &p : std::as_const(m_enabled))
            m_box->addItem(tr("%1 only").arg(isolatedName(shownName(p))), onlyOne + p.id);
        for (qsizetype i = 1; i + 1 < m_enabled.size(); ++i)
            m_box->addItem(tr("Chain from %1: %2").arg(isolatedName(shownName(m_enabled[i])), arrows(m_enabled.mid(i))),
                           chainFrom + m_enabled[i].id);
        m_box->setCurrentIndex(std::max(0, m_box->findData(m_wished)));
    }
    showModel();
    emit changed();
}

bool BenchTarget::isChain() const { return chain().size() > 1; }

void BenchTarget::showModel()
{
    const auto first = provider();
    m_model->setPlaceholderText(isChain()                          ? tr("Each provider's own model")
                                : first && !first->model.isEmpty() ? first->model
                                                                   : tr("The provider's own model"));
    m_model->setToolTip(tr("Model to ask for. Empty: %1").arg(m_model->placeholderText()));
}

QVector<ProviderId> BenchTarget::chain() const
{
    const QString target = m_box->currentData().toString();
    if (target.startsWith(onlyOne))
        return {target.mid(onlyOne.size())};
    QVector<ProviderId> ids;
    bool met = !target.startsWith(chainFrom);
    for (const ProviderConfig &p : m_enabled) {
        met = met || p.id == target.mid(chainFrom.size());
        if (met)
            ids.append(p.id);
    }
    return ids;
}

Route BenchTarget::route() const
{
    return {m_box->currentData().toString().isEmpty() ? QVector<ProviderId>() : chain()};
}

QString BenchTarget::modelName() const { return m_model->text().trimmed(); }

std::optional<ProviderConfig> BenchTarget::provider() const
{
    const QVector<ProviderId> ids = chain();
    for (const ProviderConfig &p : m_enabled) {
        if (!ids.isEmpty() && p.id == ids.first())
            return p;
    }
    return std::nullopt;
}

QString BenchTarget::state() const { return m_wished + QLatin1Char('\t') + modelName(); }

void BenchTarget::restore(const QString &state)
{
    m_wished = state.section(QLatin1Char('\t'), 0, 0);
    m_model->setText(state.section(QLatin1Char('\t'), 1));
    m_box->setCurrentIndex(std::max(0, m_box->findData(m_wished)));
}

void BenchTarget::chooseOnly(const ProviderId &provider)
{
    m_box->setCurrentIndex(std::max(0, m_box->findData(onlyOne + provider)));
}

} // namespace retryscope
