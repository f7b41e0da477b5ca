// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/whatifpolicies.h"

#include "config/retrypresets.h"
#include "replay/simulatedpolicy.h"
#include "engine/targets.h"
#include "simulator/baselines.h"
#include "theme/theme.h"
#include "widgets/elidedcombo.h"
#include "widgets/flowlayout.h"
#include "words/simulationwords.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>

namespace retryscope {
namespace {

QString firstError(const ConfigIssues &issues)
{
    for (const ConfigIssue &issue : issues) {
        if (issue.severity == ConfigIssue::Severity::Error)
            return issue.where.isEmpty() ? issue.message : QStringLiteral("%1: %2").arg(issue.where, issue.message);
    }
    return {};
}

QString marked(const QColor &colour, const QString &letter, const QString &text)
{
    return QStringLiteral("<span style='color:%1'>■</span> <b>%2</b> %3")
        .arg(colour.name(), letter, text.toHtmlEscaped());
}

} // namespace

OpenChooser openFileChooser()
{
    return [](QWidget *parent, const QString &title, const QString &nameFilter) {
        return QFileDialog::getOpenFileName(parent, title, {}, nameFilter);
    };
}

WhatIfPolicies::WhatIfPolicies(const Theme &theme, ConfigurationDraft &draft, QWidget *parent)
    : QWidget(parent), m_theme(theme), m_draft(draft), m_choose(openFileChooser()), m_a(new QLabel), m_b(new QLabel),
      m_c(new QLabel), m_third(new ElidedCombo)
{
    m_a->setObjectName(QStringLiteral("policyA"));
    m_b->setObjectName(QStringLiteral("policyB"));
    m_third->setObjectName(QStringLiteral("policyC"));
    m_third->setAccessibleName(tr("Configuration C"));
    m_third->setFocusPolicy(Qt::StrongFocus);
    m_third->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_third->setMinimumContentsLength(18);
    fillChoices();
    auto *row = new FlowLayout(14, this);
    for (QLabel *label : {m_a, m_b, m_c}) {
        label->setFixedHeight(m_third->sizeHint().height());
        row->addWidget(label);
    }
    row->addWidget(m_third);
    m_third->setCurrentIndex(1); // an SDK as it comes
    m_chosen = 1;
    connect(m_third, &QComboBox::activated, this, &WhatIfPolicies::choose);
    connect(&draft, &ConfigurationDraft::changed, this, &WhatIfPolicies::collect);
    connect(&theme, &Theme::changed, this, &WhatIfPolicies::collect);
    collect();
}

void WhatIfPolicies::fillChoices()
{
    const auto add = [this](const QString &text, Third third, const QString &key, const QString &tip) {
        m_third->addItem(text, QVariantList{int(third), key});
        m_third->setItemData(m_third->count() - 1, tip, Qt::ToolTipRole);
    };
    add(tr("nothing"), Third::None, {}, {});
    const auto addNamed = [&add](NamedClient client) {
        add(label(client), Third::Named, toKey(client), about(client));
    };
    addNamed(NamedClient::SdkDefault);
    addNamed(NamedClient::NoRetry);
    add(tr("a configuration file …"), Third::File, {}, {});
    m_third->insertSeparator(m_third->count());
    for (int i = int(NamedClient::NoRetry) + 1; i < namedClientCount; ++i)
        addNamed(NamedClient(i));
    m_third->insertSeparator(m_third->count());
    for (const RetryPreset &preset : retryPresets())
        add(tr("preset: %1").arg(QLatin1String(preset.label)), Third::Preset, QLatin1String(preset.key),
            QLatin1String(preset.note));
}

void WhatIfPolicies::choose(int index)
{
    if (Third(m_third->itemData(index).toList().value(0).toInt()) == Third::File) {
        const QString path =
            m_choose(this, tr("Open a configuration file"), tr("Configuration (*.json);;All files (*)"));
        if (path.isEmpty())
            return m_third->setCurrentIndex(m_chosen);
        const LoadedConfiguration loaded = loadConfiguration(path);
        QString why = firstError(loaded.issues);
        if (why.isEmpty() && enabledProviders(loaded.configuration).isEmpty())
            why = tr("It enables no provider, so there is nobody to play.");
        if (!why.isEmpty()) {
            m_third->setCurrentIndex(m_chosen);
            emit refused(tr("%1 cannot be C. %2").arg(path, why));
            return;
        }
        m_file = loaded.configuration;
        m_fileName = QFileInfo(path).fileName();
    }
    m_chosen = index;
    collect();
}

/// A is quiet, B stands out: it is what is being made. Dashes tell them apart without colours.
QColor WhatIfPolicies::colourOf(int policy) const
{
    const QColor colours[] = {m_theme.muted(), m_theme.accent(), m_theme.reason(RetryReason::RateLimit)};
    return colours[policy];
}

void WhatIfPolicies::collect()
{
    const Configuration &inForce = m_draft.inForce();
    m_played.clear();
    m_problem.clear();
    if (enabledProviders(inForce).isEmpty())
        m_problem = tr("No provider is enabled, so there is nobody to play. Enable one in the configuration file.");
    m_played.append(
        {{QStringLiteral("A"), tr("in force"), colourOf(0), Qt::SolidLine}, simulatedPolicy(inForce), inForce});
    m_a->setText(marked(colourOf(0), QStringLiteral("A"), tr("in force")));
    const Configuration &draft = m_draft.draft();
    const QString error = firstError(validate(draft));
    QString b;
    if (!m_draft.isChanged()) {
        b = tr("draft: as A, nothing is changed on Tune");
    } else if (!error.isEmpty() || enabledProviders(draft).isEmpty()) {
        b = tr("draft: cannot be played, it has errors");
    } else {
        const int changes = int(m_draft.changes().size());
        b = changes == 1 ? tr("draft, 1 change") : tr("draft, %1 changes").arg(changes);
        m_played.append(
            {{QStringLiteral("B"), tr("draft"), colourOf(1), Qt::SolidLine}, simulatedPolicy(draft), draft});
    }
    m_b->setText(marked(colourOf(1), QStringLiteral("B"), b));
    m_b->setToolTip(error);
    m_c->setText(marked(colourOf(2), QStringLiteral("C"), QString()));
    if (m_problem.isEmpty())
        addThird(inForce);
    else
        m_played.clear();
    emit changed();
}

QString WhatIfPolicies::namedThird() const
{
    const QVariantList chosen = m_third->itemData(m_chosen).toList();
    return Third(chosen.value(0).toInt()) == Third::Named ? chosen.value(1).toString() : QString();
}

void WhatIfPolicies::addThird(const Configuration &inForce)
{
    const QVariantList chosen = m_third->itemData(m_chosen).toList();
    const SimulatedPolicy &first = m_played.first().policy;
    Played third{{QStringLiteral("C"), m_third->itemText(m_chosen), colourOf(2), Qt::DashLine}, {}, inForce};
    switch (Third(chosen.value(0).toInt())) {
    case Third::None: return;
    case Third::Named: third.policy = namedClient(*namedClientFromKey(namedThird()), first); break;
    case Third::File:
        third.configuration = *m_file;
        third.policy = simulatedPolicy(*m_file);
        third.shown.name = m_fileName;
        break;
    case Third::Preset:
        for (const RetryPreset &preset : retryPresets()) {
            if (QLatin1String(preset.key) == chosen.value(1).toString())
                third.configuration.retry = preset.config;
        }
        third.policy = simulatedPolicy(third.configuration);
        break;
    }
    m_played.append(third);
}

QVector<std::pair<ProviderId, QString>> WhatIfPolicies::chain() const
{
    QVector<std::pair<ProviderId, QString>> longest;
    for (const Played &played : m_played) {
        QVector<std::pair<ProviderId, QString>> of;
        for (const ProviderId &id : enabledProviders(played.configuration)) {
            const ProviderConfig *provider = findProvider(played.configuration, id);
            of.append({id, provider ? provider->name : QString(id)});
        }
        if (of.size() > longest.size())
            longest = of;
    }
    return longest;
}

} // namespace retryscope
