// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/configurationdraft.h"
#include "engine/checkrunner.h"
#include "pages/providerfieldspanel.h"

#include <QUndoStack>
#include <QWidget>

class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace retryscope {

class DraftChrome;
class KeyRing;
class ProviderCheckPanel;
class ProviderChoice;
class ProviderTableModel;

/// Providers: who is asked, in which order, with which keys; every field of each, and a check that asks it. Edits the draft
/// that the Tune page edits, too; every step can be undone.
class ProvidersPage : public QWidget
{
    Q_OBJECT
public:
    /// Edits `draft`, which must outlive the page.
    ProvidersPage(const Theme &theme, ConfigurationDraft &draft, CheckLimits limits = {}, QWidget *parent = nullptr);
    ~ProvidersPage() override;
    const Configuration &draft() const { return m_draft.draft(); }
    QUndoStack &undoStack() { return m_undo; }
    /// Where keys are kept beside environment variables; must outlive the page. None: nowhere.
    void setKeyRing(KeyRing *ring);
    /// Opens the choice of a provider to add, or adds the one of this preset at once.
    void addProvider(const QString &presetKey = {});
    void select(const ProviderId &provider);
    ProviderId selected() const;
    /// Brings the field at this place into sight; nothing happens where the page has none.
    void reveal(const ConfigurationPath &path);
    bool isChecking() const { return m_checks.isRunning(); }

signals:
    void simulationRequested();
    /// A change that another page shows.
    void revealRequested(const retryscope::ConfigurationPath &path);

private:
    class Edit;
    using Unread = ProviderFieldsPanel::Unread;

    QLayout *makeHead();
    QWidget *makeList();
    QWidget *makeDetails();
    void makeShortcuts();
    void connectParts();
    void showDraft();
    void showDetails();
    void showCheck();
    void showTools();
    void showBar();
    void loadPrices();
    void push(const QString &text, const Configuration &after, const QString &merge = {},
              const ProviderId &select = {});
    void dropUnread(const Configuration &before, const Configuration &after);
    void takePreset(const QString &key, bool replaceSimulated);
    void editField(const ProviderField &field, const QString &text);
    void takeKey(const ProviderId &id, const QString &name);
    void dropKey(const ProviderId &id, const QString &name);
    void finishField(const ProviderField &field, const QString &text);
    void move(int by);
    void moveTo(int row, int place);
    void duplicate();
    void remove();
    void setEnabled(const ProviderId &provider, bool enabled);
    void startCheck(const ProviderId &provider);
    void checkAll();
    void onReport(const CheckReport &report);
    void apply();
    void discard();
    void showMerge(bool on);
    void showChoice(bool on);
    const ProviderConfig *current() const;

    const Theme &m_theme;
    ConfigurationDraft &m_draft;
    QUndoStack m_undo;
    int m_session = 0; ///< edits of one field become one step until the field is left
    CheckRunner m_checks;
    QHash<ProviderId, ProviderConfig> m_asked; ///< as they are being checked
    PriceList m_prices;
    std::optional<Configuration> m_inForce;             ///< for which the prices were read
    QHash<ProviderId, QHash<QString, Unread>> m_unread; ///< never in the draft: it may be a key
    ProviderTableModel *m_model;
    QTableView *m_table;
    ProviderFieldsPanel *m_fields;
    ProviderCheckPanel *m_check;
    ProviderChoice *m_choice;
    DraftChrome *m_chrome;
    QStackedWidget *m_body, *m_right;
    QLabel *m_goes;
    QPushButton *m_add;
    QToolButton *m_up = nullptr, *m_down = nullptr, *m_copy = nullptr, *m_remove = nullptr, *m_checkAll = nullptr;
    bool m_choosing = false, m_showing = false;
};

} // namespace retryscope
