# Package.cmake - what is installed where, and the Debian package of it: scripts/package builds it.
#
# /etc/citygate holds what an administrator edits (conffiles: an upgrade keeps their text), /usr/share/citygate what
# comes with the program, /var/lib/citygate what must outlive it.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # the binary alone is packed, whatever else a build makes

# The packed configuration is the one of the repository with the system's paths.
file(READ ${CMAKE_SOURCE_DIR}/conf/citygate.toml cg_packed_config)
string(REPLACE "\"../state\"" "\"/var/lib/citygate\"" cg_packed_config "${cg_packed_config}")
string(REPLACE "\"../categories/lists\"" "\"/usr/share/citygate/lists\"" cg_packed_config "${cg_packed_config}")
string(REPLACE "conf/citygate.toml" "/etc/citygate/citygate.toml" cg_packed_config "${cg_packed_config}")
set(cg_packed ${CMAKE_BINARY_DIR}/packed)
file(WRITE ${cg_packed}/citygate.toml "${cg_packed_config}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/citygate.toml)

# Debian wants manual pages and the changelog compressed, the same bytes each time.
find_program(CG_GZIP gzip REQUIRED)
function(cg_compress from to)
  execute_process(COMMAND ${CG_GZIP} -9nc ${from} OUTPUT_FILE ${cg_packed}/${to} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endfunction()
file(WRITE ${cg_packed}/changelog
  "citygate (${PROJECT_VERSION}) stable; urgency=medium\n\n  * See the history of the repository.\n\n"
  " -- The Citygate maintainers <maintainers@citygate.invalid>  Thu, 01 Jan 2026 00:00:00 +0000\n")
cg_compress(${cg_packed}/changelog changelog.gz)
cg_compress(${CMAKE_SOURCE_DIR}/docs/man/citygate.toml.5 citygate.toml.5.gz)
cg_compress(${CMAKE_SOURCE_DIR}/docs/man/citygate.1 citygate.1.gz)

install(TARGETS citygate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${cg_packed}/citygate.toml conf/people.toml conf/policy.toml conf/protected_sites.txt
  conf/sources.toml conf/taxonomy.toml DESTINATION /etc/citygate)
install(DIRECTORY categories/lists DESTINATION share/citygate)
install(FILES conf/citygate.service DESTINATION lib/systemd/system)
install(FILES ${cg_packed}/citygate.1.gz DESTINATION share/man/man1)
install(FILES ${cg_packed}/citygate.toml.5.gz DESTINATION share/man/man5)
install(FILES ${cg_packed}/changelog.gz packaging/debian/copyright DESTINATION share/doc/citygate)
install(FILES conf/citygate-tproxy.conf conf/reference.toml DESTINATION share/doc/citygate/examples)
install(PROGRAMS scripts/verify_acts.py DESTINATION share/doc/citygate/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME citygate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Citygate maintainers <maintainers@citygate.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "web gateway for cities: filters, meters, records and reports")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "An event-driven forward proxy that decides each request by a written policy,
meters personal time and streaming bytes per person, and keeps records that a
city clerk can stand behind.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Libraries are found in the binary; these are read or run by it and by the maintainer scripts.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, publicsuffix, tzdata")
file(WRITE ${cg_packed}/conffiles
  "/etc/citygate/citygate.toml\n/etc/citygate/people.toml\n/etc/citygate/policy.toml\n"
  "/etc/citygate/protected_sites.txt\n/etc/citygate/sources.toml\n/etc/citygate/taxonomy.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
  ${CMAKE_SOURCE_DIR}/packaging/debian/postrm ${cg_packed}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
