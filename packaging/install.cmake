# What `cmake --install BUILD` installs. Programs: stackd finds the shim in libexec/stack beside its own sbin, and stack finds stackd in
# the sbin beside its bin. The three programs have to be built; nothing else has to.
include(GNUInstallDirs)
set(STACK_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "where zsh looks for completions, below the prefix")

install(TARGETS stack RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS stackd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS stack-shim RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/stack)
install(FILES docs/man/stack.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/stackd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES packaging/systemd/stack.sysusers DESTINATION lib/sysusers.d RENAME stack.conf)
file(GLOB pages docs/*.md)
install(FILES README.md ARCHITECTURE.md CHANGELOG.md LICENSE ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY samples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS)

# The schema, completions and units depend on the built program and on the prefix, which is only known then.
install(CODE "
  set(source \"${CMAKE_CURRENT_SOURCE_DIR}\")
  set(build \"${CMAKE_CURRENT_BINARY_DIR}\")
  set(sbindir \"${CMAKE_INSTALL_SBINDIR}\")
  set(datadir \"${CMAKE_INSTALL_DATADIR}\")
  set(zsh_folder \"${STACK_ZSH_COMPLETIONS}\")")
install(SCRIPT packaging/install-made.cmake)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DMANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt
                                    -P ${CMAKE_CURRENT_SOURCE_DIR}/packaging/uninstall.cmake)
